// What installed.mjs offers to TypeScript; the file itself must run on a bare Node 20.
/** Runs `npm ci` where it is needed and answers the path of the Node to go on with. */
export function ensureInstalled(root: string): string;
/** The environment for children: our Node and tools first, and neither telemetry nor calls home. */
export function toolEnvironment(root: string): Record<string, string | undefined>;
