// The alarm: no wish is lost, whatever the work does and however wishes cross each other.
import { expect, test } from "vitest";
import { WakeUp } from "./wake-up.ts";

function standing() {
  const alarm = { atMs: null as number | null };
  const wakeUp = new WakeUp(
    {
      getAlarm: async () => alarm.atMs,
      setAlarm: async (atMs) => {
        alarm.atMs = atMs;
      },
    },
    () => 1_000,
  );
  return { alarm, wakeUp };
}
const nothing = async () => {};

test("the nearest of wishes that cross each other stands", async () => {
  const { alarm, wakeUp } = standing();
  await Promise.all([wakeUp.by(9_000), wakeUp.by(5_000), wakeUp.by(7_000)]);
  expect(alarm.atMs).toBe(5_000);
});

test("a wish that came while the alarm worked is not moved away", async () => {
  const { alarm, wakeUp } = standing();
  await wakeUp.run(
    () => wakeUp.by(2_000),
    () => 8_000,
    () => {},
  );
  expect(alarm.atMs).toBe(2_000);
});

test("work that throws is told of, and tried again", async () => {
  const { alarm, wakeUp } = standing();
  const told: unknown[] = [];
  const work = () => Promise.reject(new Error("no"));
  await wakeUp.run(
    work,
    () => null,
    (error) => told.push(error),
  );
  expect(told).toHaveLength(1);
  expect(alarm.atMs).toBeGreaterThan(1_000);
});

test("an object with nothing to do is left asleep", async () => {
  const { alarm, wakeUp } = standing();
  await wakeUp.run(
    nothing,
    () => null,
    () => {},
  );
  expect(alarm.atMs).toBeNull();
});

test("an alarm that fires twice does not push away the one that stands", async () => {
  const { alarm, wakeUp } = standing();
  await wakeUp.run(
    nothing,
    () => 3_000,
    () => {},
  );
  await wakeUp.run(
    nothing,
    () => 60_000,
    () => {},
  );
  expect(alarm.atMs).toBe(3_000);
});
