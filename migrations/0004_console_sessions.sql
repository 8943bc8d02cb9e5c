CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`key_id` text,
	`agent` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `session_hash_unique` ON `session` (`hash`);--> statement-breakpoint
CREATE INDEX `session_seen` ON `session` (`last_seen_at`);--> statement-breakpoint
CREATE TABLE `sign_in_failure` (
	`subject` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sign_in_link` (
	`hash` text PRIMARY KEY NOT NULL,
	`key_id` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_request` ON `audit` (`request_id`);