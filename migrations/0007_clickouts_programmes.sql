CREATE TABLE `click_log_emptied` (
	`day` text NOT NULL,
	`shard` integer NOT NULL,
	`emptied_at` integer NOT NULL,
	PRIMARY KEY(`day`, `shard`)
);
--> statement-breakpoint
CREATE TABLE `programme` (
	`network_id` integer NOT NULL,
	`external_id` text NOT NULL,
	`name` text NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`network_id`, `external_id`)
);
--> statement-breakpoint
CREATE TABLE `programme_listed` (
	`network_id` integer NOT NULL,
	`run_id` text NOT NULL,
	`external_id` text NOT NULL,
	`name` text NOT NULL,
	`domains` text NOT NULL,
	`readable` integer NOT NULL,
	PRIMARY KEY(`network_id`, `run_id`, `external_id`)
);
--> statement-breakpoint
CREATE TABLE `store_import_row` (
	`import_id` text NOT NULL,
	`line` integer NOT NULL,
	`name` text NOT NULL,
	`domain` text NOT NULL,
	`network_id` integer,
	`external_id` text NOT NULL,
	`priority` integer,
	PRIMARY KEY(`import_id`, `line`)
);
--> statement-breakpoint
CREATE INDEX `store_import_row_name` ON `store_import_row` (`import_id`,`name`);--> statement-breakpoint
CREATE TABLE `store_import_store` (
	`import_id` text NOT NULL,
	`name` text NOT NULL,
	`store_id` integer NOT NULL,
	`fresh` integer NOT NULL,
	PRIMARY KEY(`import_id`, `name`)
);
