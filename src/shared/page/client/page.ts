// What scripts add to every page: times in the reader's zone, copying, moving lines, asking again for live numbers.
// Without it every page reads and every form posts; it must never be needed.
import { keepLive } from "../browser/live.ts";
import { tellZone } from "../browser/zone.ts";
import { enhanceOrders } from "../browser/order.ts";
import { enhance } from "../browser/enhance.ts";

tellZone();
enhance(document);
enhanceOrders(document);
keepLive((changed) => {
  enhance(changed);
  enhanceOrders(changed);
});
const chart = document.querySelector("[data-chart]");
if (chart !== null) void import("../browser/chart.ts").then(({ drawCharts }) => drawCharts());
