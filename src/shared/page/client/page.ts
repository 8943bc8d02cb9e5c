// What scripts add to every page: times in the reader's zone, copying, moving lines, asking again for live numbers.
// Without it every page reads and every form posts; it must never be needed.
import { keepLive } from "../browser/live.ts";
import { tellZone } from "../browser/zone.ts";
import { enhanceOrders } from "../browser/order.ts";
import { enhance } from "../browser/enhance.ts";

/** uPlot is half of all our scripts: only pages with a chart load it. */
function charts(root: ParentNode): void {
  if (root.querySelector("[data-chart]") === null) return;
  void import("../browser/chart.ts").then(({ drawCharts }) => drawCharts());
}

function makeWork(root: ParentNode): void {
  enhance(root);
  enhanceOrders(root);
  charts(root);
}

tellZone();
makeWork(document);
keepLive(makeWork);
