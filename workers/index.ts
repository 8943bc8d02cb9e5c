// Sluice: the systems of the house, and the Durable Objects they keep. No logic.
import { audiences } from "./audiences/index.ts";
import { clickouts } from "./clickouts/index.ts";
import { compose } from "./compose.ts";
import { consoleSystem } from "./console/index.ts";
import { visitors } from "./visitors/index.ts";

export { Metrics } from "../src/shared/telemetry/metrics.do.ts";
export { SegmentBuffer } from "./audiences/segment/segment-buffer.do.ts";
export { Tenant } from "./audiences/tenant/tenant.do.ts";
export { ClickLog } from "./clickouts/clicks/click-log.do.ts";
export { NetworkLinks } from "./clickouts/networks/network-links.do.ts";
export { SiteToken } from "./visitors/access/site-token.do.ts";
export { VisitorBuffer } from "./visitors/delivery/visitor-buffer.do.ts";

export default compose([clickouts, audiences, visitors, consoleSystem]);
