// The page of a run: what it shows, and that it is whole by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chartsOf } from "../page/chart.js";
import { draw } from "../page/drawing.js";
import { escapeHtml, html } from "../page/html.js";
import { pageOf } from "../page/page.js";
import type { Table } from "../table.js";
import { row, sampleRecord, table } from "./sample-record.js";

const page = pageOf(sampleRecord, "run.json");

test("text is escaped wherever it comes from, markup is not", () => {
  assert.equal(
    escapeHtml(`<a href="x">'&'</a>`),
    "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;",
  );
  const items = ["<", "b"].map((each) => html`<li>${each}</li>`);
  assert.equal(html`<ul>${items}</ul>${undefined}${1}`.markup, "<ul><li>&lt;</li><li>b</li></ul>1");
  assert.ok(page.includes("Read &lt;all&gt; &amp; nothing else (ext4)"));
  assert.ok(page.includes("A &amp; B, 2 cores"));
  assert.ok(!page.includes("<all>"));
});

test("the page loads nothing from anywhere", () => {
  assert.doesNotMatch(page, /<(?:script|link|img|iframe|object|embed)\b/i);
  assert.doesNotMatch(page, /@import|url\(/i);
  // Namespaces of XML are names, not places.
  const places = page.replaceAll(/xmlns(?::xlink)?="[^"]*"/g, "").match(/\bhttps?:[^"' <]*/g);
  assert.equal(places, null);
});

test("every link inside the page leads somewhere", () => {
  const ids = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
  const links = Array.from(page.matchAll(/href="#([^"]+)"/g), ([, id]) => id);
  assert.ok(links.length > 5);
  assert.deepEqual(
    links.filter((id) => !ids.has(id)),
    [],
  );
});

test("goals are counted, and shown with what became of them", () => {
  assert.match(page, /Goals met: <strong>1 of 2<\/strong>/);
  assert.match(page, /<span class="met">✓ met<\/span>/);
  assert.match(page, /<span class="short">✗ short<\/span>/);
});

test("a peer that is not installed has a row that says so", () => {
  assert.match(page, /<th scope="row">absent<\/th><td colspan="2">not installed: absent<\/td>/);
  assert.match(page, />not measured<\/text>/);
});

test("a suite that failed is named at the top, with its reason", () => {
  assert.match(page, /role="alert"><h2>Failed<\/h2>/);
  assert.ok(page.includes("<strong>heap</strong>: the case &quot;&lt;b&gt;&quot; failed"));
  assert.match(page, /1 of them failed/);
  const whole = pageOf({ ...sampleRecord, suites: sampleRecord.suites.slice(0, 1) }, "run.json");
  assert.doesNotMatch(whole, /role="alert"|failed/);
});

test("a quick run says that its figures mean little", () => {
  assert.doesNotMatch(page, /A quick run/);
  assert.match(pageOf({ ...sampleRecord, quick: true }, "run.json"), /A quick run/);
});

test("a chart has a bar for each row, its goals as figures of the same metric", () => {
  const [chart] = chartsOf(table);
  assert.ok(chart !== undefined);
  assert.deepEqual(
    [chart.title, chart.moreIsBetter, chart.logarithmic],
    ["read, ns", false, false],
  );
  const [ours, other, absent] = chart.bars;
  assert.deepEqual(ours?.figure, { median: 11, least: 10, most: 12 });
  assert.equal(ours?.ratio, 40 / 11);
  assert.deepEqual(ours?.goals, [
    // Twice as fast as the other's 40 ns is 20 ns.
    { value: 20, met: true },
    { value: 5, met: false },
  ]);
  assert.deepEqual([other?.peer, other?.goals], [true, []]);
  assert.equal(absent?.figure, undefined);
});

test("values that differ by much are drawn logarithmically, and rates grow to the better", () => {
  const wide: Table = {
    ...table,
    columns: [{ metric: "ns", title: "rate, million/s", spread: true }],
    rows: [row("slow", [1]), row("fast", [1e6])],
  };
  const [chart] = chartsOf(wide);
  assert.deepEqual([chart?.logarithmic, chart?.moreIsBetter], [true, true]);
  assert.match(draw(chart as NonNullable<typeof chart>, "label").markup, /logarithmic/);
});

test("every bar of a logarithmic scale begins at its left end, below all values and goals", () => {
  const goal = { work: "read", case: "small", metric: "ns", most: 0.0005, unit: "ns" };
  const rows = [row("small", [0.005]), row("below one", [0.7]), row("large", [46])];
  const [chart] = chartsOf({ ...table, goals: [goal], rows });
  const { markup } = draw(chart as NonNullable<typeof chart>, "label");
  const starts = Array.from(
    markup.matchAll(/d="M([\d.]+) [^"]*" fill="var\(--ours\)"/g),
    ([, x]) => x,
  );
  assert.deepEqual(starts, ["270", "270", "270"]);
  assert.match(markup, />0\.0001<\/text>/);
});

test("what has no spread is drawn by what it is judged by; what has no figure is not drawn", () => {
  const columns = ["other", "ns"].map((metric) => ({ metric, title: metric }));
  assert.deepEqual(
    chartsOf({ ...table, columns }).map(({ title }) => title),
    ["ns"],
  );
  assert.deepEqual(chartsOf({ ...table, rows: table.rows.slice(2) }), []);
});

test("a drawing is one picture with words for those who cannot see it, its text escaped", () => {
  const [chart] = chartsOf({ ...table, rows: [row("a <b> & c", [1, 3]), row("zero", [0])] });
  assert.ok(chart !== undefined);
  const { markup } = draw(chart, 'say "it"');
  assert.match(markup, /^<svg role="img" aria-label="say &quot;it&quot;" /);
  assert.ok(markup.includes("a &lt;b&gt; &amp; c"));
  assert.doesNotMatch(markup, /<b>|<style|NaN|Infinity/);
});
