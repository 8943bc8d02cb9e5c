CREATE TABLE `segment` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`environment_id` text NOT NULL,
	`segment` text NOT NULL,
	`target` text NOT NULL,
	`audience_id` text,
	`state` text NOT NULL,
	`pending_adds` integer DEFAULT 0 NOT NULL,
	`pending_deletes` integer DEFAULT 0 NOT NULL,
	`oldest_pending_at` integer,
	`members` integer,
	`members_at` integer,
	`last_flush_at` integer,
	`next_flush_at` integer,
	`calls_today` integer DEFAULT 0 NOT NULL,
	`keys_today` integer DEFAULT 0 NOT NULL,
	`parked` integer DEFAULT 0 NOT NULL,
	`due_at` integer,
	`reported_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `segment_name` ON `segment` (`workspace_id`,`environment_id`,`segment`);--> statement-breakpoint
CREATE INDEX `segment_audience` ON `segment` (`workspace_id`,`environment_id`,`audience_id`) WHERE audience_id is not null;--> statement-breakpoint
CREATE INDEX `segment_due` ON `segment` (`due_at`) WHERE due_at is not null;--> statement-breakpoint
CREATE TABLE `tenant` (
	`workspace_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`since` integer NOT NULL,
	`last_error` text,
	`key_hint` text NOT NULL,
	`due_at` integer
);
--> statement-breakpoint
CREATE INDEX `tenant_due` ON `tenant` (`due_at`) WHERE due_at is not null;--> statement-breakpoint
CREATE TABLE `sealed_record` (
	`name` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`wrapped_key` text NOT NULL,
	`key_version` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sealed_record_key_version` ON `sealed_record` (`key_version`);