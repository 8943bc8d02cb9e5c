CREATE TABLE `clickout_skip_total` (
	`day` text NOT NULL,
	`shard` integer NOT NULL,
	`store_id` integer NOT NULL,
	`network` text NOT NULL,
	`reason` text NOT NULL,
	`clicks` integer NOT NULL,
	PRIMARY KEY(`store_id`, `day`, `shard`, `network`, `reason`)
);
--> statement-breakpoint
CREATE INDEX `transaction_order` ON `transaction` (`order_ref`);--> statement-breakpoint
CREATE INDEX `transaction_click` ON `transaction` (`clickout_id`) WHERE clickout_id is not null;