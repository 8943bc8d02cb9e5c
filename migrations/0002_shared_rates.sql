CREATE TABLE `rate` (
	`base` text NOT NULL,
	`date` text NOT NULL,
	`version` integer NOT NULL,
	`currency` text NOT NULL,
	`rate` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`base`, `date`, `version`, `currency`)
);
--> statement-breakpoint
CREATE INDEX `rate_date` ON `rate` (`date`);