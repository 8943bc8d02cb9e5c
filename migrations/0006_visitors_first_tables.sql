CREATE TABLE `visitor_quarantine` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`integration` text NOT NULL,
	`mm_site_id` text,
	`reason` text NOT NULL,
	`detail` text NOT NULL,
	`element` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `visitor_quarantine_time` ON `visitor_quarantine` (`at`,`id`);--> statement-breakpoint
CREATE INDEX `visitor_quarantine_site` ON `visitor_quarantine` (`mm_site_id`,`at`,`id`);--> statement-breakpoint
CREATE TABLE `visitor_site` (
	`mm_site_id` text PRIMARY KEY NOT NULL,
	`shards` integer NOT NULL,
	`first_seen_at` integer NOT NULL,
	`told_revision` integer DEFAULT 0 NOT NULL
);
