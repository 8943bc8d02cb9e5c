// The report clients of all networks that tell what clicks earned, by name: what polling is given.
import { afilioReports } from "./afilio.reports.client.ts";
import { awinReports } from "./awin.reports.client.ts";
import { lomadeeReports } from "./lomadee.reports.client.ts";
import { rakutenReports } from "./rakuten.reports.client.ts";
import type { ReportClient, ReportNetwork } from "./report-client.ts";

/** Each by its network. */
export const reportClients: Readonly<Record<ReportNetwork, ReportClient>> = {
  afilio: afilioReports,
  awin: awinReports,
  lomadee: lomadeeReports,
  rakuten: rakutenReports,
};
