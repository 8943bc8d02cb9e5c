CREATE TABLE `clickout_total` (
	`day` text NOT NULL,
	`shard` integer NOT NULL,
	`store_id` integer NOT NULL,
	`network` text NOT NULL,
	`outcome` text NOT NULL,
	`human` integer NOT NULL,
	`clicks` integer NOT NULL,
	PRIMARY KEY(`day`, `shard`, `store_id`, `network`, `outcome`, `human`)
);
--> statement-breakpoint
CREATE INDEX `clickout_total_store` ON `clickout_total` (`store_id`,`day`);--> statement-breakpoint
CREATE TABLE `network` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `network_name_unique` ON `network` (`name`);--> statement-breakpoint
CREATE TABLE `network_store` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`store_id` integer,
	`network_id` integer NOT NULL,
	`external_id` text DEFAULT '' NOT NULL,
	`settings` text NOT NULL,
	`state` text NOT NULL,
	`since` integer NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `store`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`network_id`) REFERENCES `network`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `network_store_external` ON `network_store` (`store_id`,`network_id`,`external_id`);--> statement-breakpoint
CREATE INDEX `network_store_network` ON `network_store` (`network_id`,`external_id`);--> statement-breakpoint
CREATE TABLE `routing_version` (
	`id` integer PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`published` integer DEFAULT 0 NOT NULL,
	`credentials` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rule` (
	`version` integer NOT NULL,
	`store_id` integer NOT NULL,
	`network_id` integer NOT NULL,
	`order_priority` integer NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`author` text NOT NULL,
	`cause` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`version`, `network_id`),
	FOREIGN KEY (`store_id`) REFERENCES `store`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`network_id`) REFERENCES `network`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `rule_time` ON `rule` (`store_id`,`started_at`,`ended_at`);--> statement-breakpoint
CREATE INDEX `rule_end` ON `rule` (`ended_at`);--> statement-breakpoint
CREATE TABLE `store` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`rule_version` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `store_url` (
	`domain` text PRIMARY KEY NOT NULL,
	`store_id` integer NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `store`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `store_url_store` ON `store_url` (`store_id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`before` text,
	`after` text,
	`request_id` text
);
--> statement-breakpoint
CREATE INDEX `audit_actor` ON `audit` (`actor`,`id`);--> statement-breakpoint
CREATE INDEX `audit_action` ON `audit` (`action`,`id`);--> statement-breakpoint
CREATE TABLE `api_key` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_hash_unique` ON `api_key` (`hash`);--> statement-breakpoint
CREATE TABLE `parked_message` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`reason` text NOT NULL,
	`detail` text NOT NULL,
	`parked_at` integer NOT NULL,
	`replayed_at` integer
);
--> statement-breakpoint
CREATE INDEX `parked_message_open` ON `parked_message` (`replayed_at`,`queue`,`reason`);--> statement-breakpoint
CREATE INDEX `parked_message_time` ON `parked_message` (`parked_at`);--> statement-breakpoint
CREATE TABLE `credential` (
	`name` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`wrapped_key` text NOT NULL,
	`key_version` text NOT NULL,
	`revision` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`last_used_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `credential_key_version` ON `credential` (`key_version`);