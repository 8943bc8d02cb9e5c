// The page that Prometheus reads, against the rules of format 0.0.4.
import { describe, expect, test } from "vitest";
import { Counters } from "./counters.ts";
import { exposition } from "./exposition.ts";

function samplesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("exposition", () => {
  test("gives each metric one HELP and one TYPE before its samples, and ends with a newline", () => {
    const counters = new Counters();
    counters.add("visit_rejected_total", { code: "invalid_url" }, 2);
    counters.add("visit_rejected_total", { code: "bad_method" });
    const text = exposition(counters.list());
    expect(text).toContain(
      '# TYPE sluice_visit_rejected_total counter\nsluice_visit_rejected_total{code="bad_method"} 1\nsluice_visit_rejected_total{code="invalid_url"} 2\n#',
    );
    const typed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(typed).size).toBe(typed.length);
    expect(text.endsWith("\n")).toBe(true);
    expect(text).not.toContain("\r");
  });

  test("shows a histogram with cumulative buckets, its sum and its count", () => {
    const counters = new Counters();
    for (const seconds of [0.01, 0.4, 0.5, 60]) counters.add("upstream_seconds", { upstream: "awin" }, seconds);
    const lines = samplesOf(exposition(counters.list())).filter((line) => line.startsWith("sluice_upstream_seconds"));
    expect(lines.slice(0, 1)).toEqual(['sluice_upstream_seconds_bucket{upstream="awin",le="0.025"} 1']);
    expect(lines).toContain('sluice_upstream_seconds_bucket{upstream="awin",le="0.3"} 1');
    expect(lines).toContain('sluice_upstream_seconds_bucket{upstream="awin",le="0.5"} 3');
    expect(lines.slice(-3)).toEqual([
      'sluice_upstream_seconds_bucket{upstream="awin",le="+Inf"} 4',
      'sluice_upstream_seconds_sum{upstream="awin"} 60.91',
      'sluice_upstream_seconds_count{upstream="awin"} 4',
    ]);
  });

  test("shows what has no labels as zero before anything was counted", () => {
    const lines = samplesOf(exposition([]));
    expect(lines).toContain('sluice_visit_seconds_bucket{le="+Inf"} 0');
    expect(lines).toContain("sluice_visit_seconds_count 0");
  });

  test("keeps an observation of a bound that today's code no longer has", () => {
    const lines = samplesOf(exposition([['visit_seconds_bucket{le="0.15"}', 2]]));
    expect(lines).toContain('sluice_visit_seconds_bucket{le="0.1"} 0');
    expect(lines).toContain('sluice_visit_seconds_bucket{le="0.2"} 2');
  });

  test("escapes label values", () => {
    const counters = new Counters();
    counters.add("visit_rejected_total", { code: 'a"b\\c\nd' });
    expect(samplesOf(exposition(counters.list()))).toContain('sluice_visit_rejected_total{code="a\\"b\\\\c\\nd"} 1');
  });

  test("takes the newest of several sources' times of success", () => {
    const series = 'job_last_success_timestamp_seconds{job="sweep"}';
    expect(
      samplesOf(
        exposition([
          [series, 5],
          [series, 9],
          [series, 7],
        ]),
      ),
    ).toContain(`sluice_${series} 9`);
  });

  test("leaves out what is not in the catalogue", () => {
    expect(
      exposition([
        ["nonsense_total", 1],
        ["}{", 1],
      ]),
    ).toBe(exposition([]));
  });
});
