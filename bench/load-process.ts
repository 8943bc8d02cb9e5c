// The load generator, in a process of its own: raw sockets, requests built beforehand, one under way per connection.
// It must cost less than what it measures, so it parses no more of an answer than its status and its end.
import { connect } from "node:net";
import process from "node:process";

/** What a round asks for. Answers carry no body, so an answer ends with its head. */
export interface LoadOptions {
  port: number;
  paths: string[];
  connections: number;
  ms: number;
}

/** What a round saw; latencies in microseconds. */
export interface LoadResult {
  answered: number;
  redirects: number;
  perSecond: number;
  p50Us: number;
  p99Us: number;
}

const REDIRECT = Buffer.from("HTTP/1.1 302");
const END = Buffer.from("\r\n\r\n");
const USER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";

function requestOf(path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${USER_AGENT}\r\nAccept: text/html\r\n\r\n`,
  );
}

async function run({ port, paths, connections, ms }: LoadOptions): Promise<LoadResult> {
  const requests = paths.map(requestOf);
  const latencies: number[] = [];
  let redirects = 0;
  let next = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + ms;

  const connection = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(requests[next++ % requests.length]!);
      };
      socket.once("connect", send);
      socket.once("error", reject);
      socket.on("data", (data) => {
        if (data.indexOf(END) !== data.length - END.length)
          reject(new Error(`an answer that this cannot read: ${data.toString()}`));
        const now = performance.now();
        latencies.push(now - sentAt);
        if (data.subarray(0, REDIRECT.length).equals(REDIRECT)) redirects += 1;
        if (now < endsAt) return send();
        socket.destroy();
        resolve();
      });
    });

  await Promise.all(Array.from({ length: connections }, connection));
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1_000);
  return {
    answered: latencies.length,
    redirects,
    perSecond: latencies.length / seconds,
    p50Us: at(0.5),
    p99Us: at(0.99),
  };
}

process.on("disconnect", () => process.exit(0));
process.on("message", (options: LoadOptions) => {
  run(options).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
