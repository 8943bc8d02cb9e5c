CREATE TABLE `clickout_skip_total` (
	`day` text NOT NULL,
	`shard` integer NOT NULL,
	`store_id` integer NOT NULL,
	`network` text NOT NULL,
	`reason` text NOT NULL,
	`clicks` integer NOT NULL,
	PRIMARY KEY(`store_id`, `day`, `shard`, `network`, `reason`)
);
