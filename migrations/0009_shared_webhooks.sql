CREATE TABLE `webhook` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`events` text NOT NULL,
	`state` text NOT NULL,
	`disabled_reason` text,
	`disabled_at` integer,
	`previous_secret_until` integer,
	`rest_until` integer NOT NULL,
	`last_attempt_at` integer,
	`last_error` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `webhook_delivery` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`webhook_id` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`look_at` integer NOT NULL,
	`last_attempt_at` integer,
	`status` integer,
	`reason` text,
	`detail` text,
	`ended_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_delivery_once` ON `webhook_delivery` (`event_id`,`webhook_id`);--> statement-breakpoint
CREATE INDEX `webhook_delivery_list` ON `webhook_delivery` (`webhook_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_delivery_due` ON `webhook_delivery` (`look_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `webhook_delivery_parked` ON `webhook_delivery` (`webhook_id`,`id`) WHERE state = 'parked';--> statement-breakpoint
CREATE TABLE `webhook_event` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhook_event_time` ON `webhook_event` (`created_at`);