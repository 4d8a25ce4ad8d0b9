// Charts as SVG, drawn by Apache ECharts without a browser. Colours are CSS variables of the page,
// so that one picture serves light, dark and paper.

import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from "echarts";
import { BarChart, CustomChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { numberText } from "../report.js";
import type { Bar, Chart } from "./chart.js";
import { escapeHtml, type Markup } from "./html.js";

use([BarChart, CustomChart, GridComponent, ScatterChart, SVGRenderer]);

const width = 920;
const rowHeight = 32;
const axisHeight = 52;
const nameWidth = 270;
const figureWidth = 150;
const fontSize = 13;

/** One chart; `label` is for those who cannot see it. */
export function draw(chart: Chart, label: string): Markup {
  const height = chart.bars.length * rowHeight + axisHeight;
  const canvas = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    canvas.setOption(optionsOf(chart));
    const svg = canvas
      .renderToSVGString()
      // Nothing moves or can be clicked: what is there for that goes.
      .replace(/<style[\s\S]*?<\/style>/g, "")
      .replaceAll(/ (?:class="zr[^"]*"|ecmeta_\w+="[^"]*"|xml:space="preserve")/g, "")
      .replace("<svg ", `<svg role="img" aria-label="${escapeHtml(label)}" `);
    return { markup: svg };
  } finally {
    canvas.dispose();
  }
}

function optionsOf(chart: Chart): EChartsCoreOption {
  const { bars } = chart;
  return {
    animation: false,
    textStyle: { fontFamily: "inherit", fontSize },
    grid: { left: nameWidth, right: figureWidth, top: 4, bottom: axisHeight - 4 },
    xAxis: valueAxis(chart),
    yAxis: [
      rowAxis(
        bars.map(({ name }) => name),
        { width: nameWidth - 16, align: "right" },
      ),
      rowAxis(bars.map(figureText), { width: figureWidth - 12, align: "left" }),
    ],
    series: [barSeries(chart), spreadSeries(bars), goalSeries(bars)],
  };
}

function valueAxis({ title, bars, logarithmic, moreIsBetter }: Chart): object {
  const direction = moreIsBetter ? "longer is better" : "shorter is better";
  const scale = logarithmic ? ", logarithmic" : "";
  const shown = bars.flatMap(({ figure, goals }) => [
    figure?.least ?? 0,
    ...goals.map(({ value }) => value),
  ]);
  const values = shown.filter((value) => value > 0);
  // A power of ten below all of them: where every bar begins.
  const first = 10 ** Math.floor(Math.log10(Math.min(...values) * 0.9));
  return {
    type: logarithmic ? "log" : "value",
    name: `${title} (${direction}${scale})`,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: "var(--quiet)", fontSize },
    ...(logarithmic ? { min: first, startValue: first } : {}),
    axisLabel: {
      color: "var(--quiet)",
      fontSize,
      hideOverlap: true,
      formatter: (value: number) =>
        value === 0
          ? "0"
          : Number(value.toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 6 }),
    },
    splitLine: { lineStyle: { color: "var(--rule)" } },
  };
}

function rowAxis(labels: readonly string[], place: { width: number; align: string }): object {
  return {
    type: "category",
    inverse: true,
    data: labels,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      color: "var(--text)",
      fontSize,
      lineHeight: fontSize + 2,
      interval: 0,
      overflow: "break",
      width: place.width,
    },
  };
}

function figureText({ figure, ratio }: Bar): string {
  if (figure === undefined) return "not measured";
  return ratio === undefined
    ? numberText(figure.median)
    : `${numberText(figure.median)}  (${numberText(ratio)} ×)`;
}

function barSeries({ bars, logarithmic }: Chart): object {
  return {
    type: "bar",
    silent: true,
    barWidth: 16,
    data: bars.map(({ figure, peer }) => ({
      value: figure === undefined || (logarithmic && figure.median <= 0) ? "-" : figure.median,
      itemStyle: { color: peer ? "var(--peer)" : "var(--ours)" },
    })),
  };
}

/** From the least to the greatest sample, as a line with two ends. */
function spreadSeries(bars: readonly Bar[]): object {
  return {
    type: "custom",
    silent: true,
    z: 3,
    encode: { x: [0, 1], y: 2 },
    data: bars.flatMap(({ figure }, row) => {
      return figure === undefined || figure.least <= 0 ? [] : [[figure.least, figure.most, row]];
    }),
    renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
      const [left = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
      const [right = 0] = api.coord([api.value(1), api.value(2)]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line" as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: "var(--text)", lineWidth: 1.5 },
      });
      return {
        type: "group",
        children: [
          line(left, y, right, y),
          line(left, y - 4, left, y + 4),
          line(right, y - 4, right, y + 4),
        ],
      };
    },
  };
}

function goalSeries(bars: readonly Bar[]): object {
  return {
    type: "scatter",
    silent: true,
    z: 4,
    symbol: "rect",
    symbolSize: [6, 26],
    data: bars.flatMap(({ goals }, row) => {
      return goals.map(({ value, met }) => ({
        value: [value, row],
        itemStyle: {
          color: met ? "var(--met)" : "var(--short)",
          // Seen on a bar, too.
          borderColor: "var(--page)",
          borderWidth: 1,
          opacity: 1,
        },
      }));
    }),
  };
}
