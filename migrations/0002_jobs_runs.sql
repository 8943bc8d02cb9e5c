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
CREATE INDEX `run_step_last` ON `run_step` (`job`,`system`,`name`,`run_id`);