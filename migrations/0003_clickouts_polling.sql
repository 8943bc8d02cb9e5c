CREATE TABLE `transaction` (
	`id` text PRIMARY KEY NOT NULL,
	`network` text NOT NULL,
	`external_id` text NOT NULL,
	`order_ref` text,
	`status` text NOT NULL,
	`sale_minor` integer NOT NULL,
	`sale_currency` text NOT NULL,
	`commission_minor` integer NOT NULL,
	`commission_currency` text NOT NULL,
	`advertiser_id` text,
	`occurred_at` integer NOT NULL,
	`validated_at` integer,
	`decline_reason` text,
	`click_id` text,
	`clickout_id` text,
	`store_id` integer,
	`ref` text,
	`click_found` integer NOT NULL,
	`parts` text,
	`first_seen_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `transaction_time` ON `transaction` (`occurred_at`,`id`);--> statement-breakpoint
CREATE INDEX `transaction_store` ON `transaction` (`store_id`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `transaction_network` ON `transaction` (`network`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `transaction_ref` ON `transaction` (`ref`) WHERE ref is not null;--> statement-breakpoint
CREATE TABLE `transaction_change` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`transaction_id` text NOT NULL,
	`at` integer NOT NULL,
	`field` text NOT NULL,
	`from_value` text,
	`to_value` text
);
--> statement-breakpoint
CREATE INDEX `transaction_change_of` ON `transaction_change` (`transaction_id`);--> statement-breakpoint
CREATE TABLE `job_lease` (
	`job` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `run` (
	`id` text PRIMARY KEY NOT NULL,
	`system` text NOT NULL,
	`job` text NOT NULL,
	`state` text NOT NULL,
	`cause` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `run_job` ON `run` (`job`,`id`);--> statement-breakpoint
CREATE INDEX `run_state` ON `run` (`state`,`id`);--> statement-breakpoint
CREATE TABLE `run_step` (
	`run_id` text NOT NULL,
	`system` text NOT NULL,
	`name` text NOT NULL,
	`job` text NOT NULL,
	`state` text NOT NULL,
	`counts` text NOT NULL,
	`warnings` text NOT NULL,
	`error` text,
	`progress` text,
	`confirmed` integer NOT NULL,
	`attempts` integer NOT NULL,
	`holder` text NOT NULL,
	`held_until` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	PRIMARY KEY(`run_id`, `system`, `name`)
);
--> statement-breakpoint
CREATE INDEX `run_step_last` ON `run_step` (`job`,`system`,`name`,`run_id`);--> statement-breakpoint
ALTER TABLE `network` ADD `next_call_at` integer DEFAULT 0 NOT NULL;