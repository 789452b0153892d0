// `npm run bench -- --against`: what it measures runs here once, and its arithmetic decides as it should.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { coldStart } from "../../bench/cold-start.ts";
import { operations } from "../../bench/operations.ts";
import { Side } from "../../bench/side.ts";
import { isBounded, slope } from "../../bench/soak-verdict.ts";
import { compare, median, quantile, verdict } from "../../bench/statistics.ts";
import { inRoot } from "../harness/paths.ts";

let side: Side;
before(async () => {
  side = await Side.start(inRoot());
});
after(() => side.stop());

for (const operation of operations) {
  test(`${operation.name} is done and uses CPU of workerd`, async () => {
    const { cpu, wall } = await side.measure({ ...operation, times: 4 });
    assert.ok(cpu > 0 && cpu < 5_000, `${cpu} ms`);
    assert.ok(wall > 0 && wall < 10_000, `${wall} ms`);
  });
}

test("a workerd of its own gives a first answer", async () => {
  const { cpu, wall } = await coldStart(inRoot());
  assert.ok(cpu > 0 && wall > 0, `${cpu} ms, ${wall} ms`);
});

test("medians and quantiles", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 3, 2, 1]), 2);
  assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 9);
  assert.ok(Number.isNaN(median([])));
});

const pairsOf = (ratios: number[]) => ratios.map((ratio) => ({ before: 2, after: 2 * ratio }));

test("the interval of a median by the sign test", () => {
  // Of 12 pairs, two may be left out on each side: both tails together have less than 5 % (tables of the binomial distribution).
  const ratios = Array.from({ length: 12 }, (_, index) => 1 + index / 100);
  const { ratio, low, high } = compare(pairsOf(ratios));
  assert.deepEqual([ratio, low, high], [1.05, 1.02, 1.09]);
  // Of five, none.
  assert.deepEqual(compare(pairsOf([1, 2, 3, 4, 5])), { ratio: 3, low: 1, high: 5 });
});

test("one pair that was disturbed decides nothing; many that are slower do", () => {
  const quiet = Array.from({ length: 11 }, (_, index) => 0.99 + index / 500);
  assert.equal(verdict(compare(pairsOf([...quiet, 6])), 1.05), "fine");
  assert.equal(verdict(compare(pairsOf(quiet.map((ratio) => ratio + 0.1))), 1.05), "slower");
  assert.equal(verdict(compare(pairsOf([0.8, 0.9, 1, 1.1, 1.2, 1.3])), 1.05), "open");
});

const run = (memory: (done: number) => number) =>
  Array.from({ length: 20 }, (_, index) => ({ done: (index + 1) * 100, memory: memory((index + 1) * 100) }));

test("memory that goes on growing is told from memory that a run needs at its begin", () => {
  // Half a megabyte for each hundred, to the end; and the same at first, then flat but for what an allocator does.
  const growing = run((done) => 100 + done / 200);
  assert.ok(Math.abs(slope(growing) - 1 / 200) < 1e-9);
  assert.equal(isBounded(run((done) => 100 + done / 20)), false);
  const settled = run((done) => 100 + Math.min(done, 800) / 20 + ((done / 100) % 2 ? 3 : -3));
  assert.equal(isBounded(settled), true);
  assert.ok(Math.abs(slope(settled)) < 0.005);
  // One look at a moment when much was held decides nothing.
  assert.equal(isBounded(run((done) => (done === 2_000 ? 300 : 100))), true);
  assert.equal(isBounded([]), false);
});
