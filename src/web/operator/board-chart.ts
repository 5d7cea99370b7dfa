import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { type EChartsCoreOption, init, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** Text cannot be measured here, and readers' fonts differ. A little too wide hides nothing. */
setPlatformAPI({
  measureText: (text, font = '') => {
    const size = Number(/(\d+)px/.exec(font)?.[1] ?? 12);
    const signs = [...text].reduce(
      (width, sign) => width + (/[\u2e80-\uffef]/.test(sign) ? 1.02 : 0.64),
      0,
    );
    return { width: signs * size };
  },
});

export type Tone = 'good' | 'deep' | 'warn' | 'bad' | 'soft';

/** Bars are horizontal and columns vertical, both stacked. Lines are not stacked. */
export interface Chart {
  readonly kind: 'columns' | 'bars' | 'lines';
  readonly categories: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly tone: Tone;
    readonly values: readonly (number | null)[];
  }[];
}

export interface Paper {
  readonly dark: boolean;
  readonly narrow: boolean;
}

/** The colours of src/web/core/assets/bindery.css. */
// biome-ignore format: a table is read by its columns
const COLOURS = {
  light: { good: '#1d6a45', deep: '#17505a', warn: '#d08a1d', bad: '#b5402b', soft: '#8d8677', ink: '#1c282d', quiet: '#55626a', line: '#dcd4c5', leaf: '#fffdf9' },
  dark:  { good: '#7fd0a3', deep: '#86c8cf', warn: '#efc272', bad: '#f08d74', soft: '#77838a', ink: '#ebe6dc', quiet: '#a8b2b5', line: '#323d42', leaf: '#1b2327' },
} as const;

const FONT =
  'system-ui, PingFang SC, HarmonyOS Sans SC, Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif';
const ROW = 30;
const AROUND = 84;

/**
 * The size of a chart in pixels. A narrow one has the width of a phone, so its text is not scaled.
 */
export function sizeOf(
  { kind, categories }: Chart,
  narrow: boolean,
): { readonly width: number; readonly height: number } {
  return {
    width: narrow ? 328 : 900,
    height: kind === 'bars' ? AROUND + ROW * Math.max(categories.length, 2) : narrow ? 260 : 300,
  };
}

/** Draws a chart as SVG. The same figures stand in a table beside it. */
export function drawChart(chart: Chart, { dark, narrow }: Paper): string {
  const colours = COLOURS[dark ? 'dark' : 'light'];
  const drawn = init(null, null, { renderer: 'svg', ssr: true, ...sizeOf(chart, narrow) });
  try {
    const lying = chart.kind === 'bars';
    const names = {
      type: 'category' as const,
      data: [...chart.categories],
      inverse: lying,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: {
        color: colours.quiet,
        fontSize: 13,
        hideOverlap: true,
        ...(lying ? { interval: 0 } : {}),
      },
    };
    const figures = {
      type: 'value' as const,
      minInterval: chart.kind === 'lines' ? 0 : 1,
      splitNumber: narrow ? 3 : 5,
      axisLabel: { color: colours.quiet, fontSize: 13 },
      splitLine: { lineStyle: { color: colours.line } },
    };
    drawn.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { fontFamily: FONT, color: colours.ink },
      legend: {
        show: chart.series.length > 1,
        top: 0,
        left: 0,
        itemWidth: 14,
        itemHeight: 10,
        textStyle: { color: colours.ink, fontSize: 13 },
      },
      grid: {
        left: 4,
        right: narrow ? 12 : 24,
        top: chart.series.length > 1 ? 44 : 12,
        bottom: 4,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      xAxis: lying ? figures : names,
      yAxis: lying ? names : figures,
      series: chart.series.map(({ name, tone, values }) => ({
        name,
        data: [...values],
        color: colours[tone],
        ...(chart.kind === 'lines'
          ? { type: 'line', symbolSize: 5, connectNulls: false }
          : {
              type: 'bar',
              stack: 'all',
              barMaxWidth: 28,
              itemStyle: { borderColor: colours.leaf, borderWidth: 1 },
            }),
      })),
    } satisfies EChartsCoreOption);
    return drawn.renderToSVGString();
  } finally {
    drawn.dispose();
  }
}
