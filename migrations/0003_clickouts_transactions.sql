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
ALTER TABLE `network` ADD `next_call_at` integer DEFAULT 0 NOT NULL;