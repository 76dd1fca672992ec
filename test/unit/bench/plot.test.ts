import { describe, expect, it } from '@jest/globals'
import { INK, type Plot, type PlotPanel, plotSvg, SERIES_COLOURS } from '../../bench/plot.ts'

const aPanel = (changes: Partial<PlotPanel> = {}): PlotPanel => ({
  title: 'by partitions',
  x: { label: 'partitions', scale: 'log', text: String },
  y: { label: 'records/s', scale: 'linear' },
  series: [
    {
      name: 'mapping',
      points: [
        { at: 1, values: [50_000] },
        { at: 10, values: [90_000, 100_000, 110_000] },
        { at: 100, values: [200_000] },
      ],
    },
  ],
  ...changes,
})
const aPlot = (...panels: PlotPanel[]): Plot => ({ title: 'How it grows', panels })

/** Where the points of the only series lie, by the line that joins them. */
const corners = (svg: string) => {
  const joined = /<path d="M([\d. L-]+)" fill="none" stroke="#2f81d6"/.exec(svg)?.[1] ?? ''
  return joined.split('L').map((corner) => corner.split(' ').map(Number)) as [number, number][]
}
/** Where a tick of the y axis has its line, by the text beside it. */
const tickAt = (svg: string, label: string) =>
  Number(new RegExp(` y1="([\\d.]+)" [^>]*/>\\n<text [^>]*>${label}</text>`).exec(svg)?.[1])

describe('a plot', () => {
  it('has its points where they belong: by powers on a logarithmic axis, by size on a linear one', () => {
    const svg = plotSvg(aPlot(aPanel()))

    const [first, second, third] = corners(svg)
    expect(second?.[0]).toBeCloseTo(((first?.[0] ?? 0) + (third?.[0] ?? 0)) / 2, 0)
    expect(first?.[1]).toBe(tickAt(svg, '50k'))
    // The median of the rounds.
    expect(second?.[1]).toBe(tickAt(svg, '100k'))
    expect(third?.[1]).toBe(tickAt(svg, '200k'))
    expect(tickAt(svg, '0')).toBeGreaterThan(tickAt(svg, '50k'))
  })

  it('has powers of ten along a logarithmic y axis', () => {
    const series = [
      {
        name: 'mapping',
        points: [
          { at: 1, values: [100] },
          { at: 2, values: [100_000] },
        ],
      },
    ]
    const svg = plotSvg(aPlot(aPanel({ y: { label: 'records/s', scale: 'log' }, series })))

    const ticks = ['100', '1k', '10k', '100k'].map((label) => tickAt(svg, label))
    const steps = ticks.slice(1).map((tick, index) => (ticks[index] ?? 0) - tick)
    for (const step of steps) expect(step).toBeCloseTo(210 / 3, 0)
    expect(corners(svg).map(([, y]) => y)).toEqual([ticks[0], ticks[3]])
  })

  it('spans the rounds of a point by a bar', () => {
    const svg = plotSvg(aPlot(aPanel()))

    const bar = /<line x1="([\d.]+)" y1="([\d.]+)" x2="\1" y2="([\d.]+)" stroke="#2f81d6"/.exec(svg)
    const [low, middle, high] = [Number(bar?.[2]), tickAt(svg, '100k'), Number(bar?.[3])]
    expect(low - middle).toBeCloseTo(middle - high, 0)
    expect(low).toBeGreaterThan(middle)
  })

  it('names its axes, ticks and series, each series in one colour throughout', () => {
    const raw = { name: 'KafkaJS alone', points: [{ at: 150, values: [300_000] }] }
    const sizes = aPanel({
      title: 'by size',
      x: { label: 'record', scale: 'log', text: (bytes) => `${bytes} B` },
      series: [raw],
    })
    const svg = plotSvg(aPlot(aPanel(), sizes))

    for (const shown of ['How it grows', 'by partitions', 'partitions', 'records/s', 'by size', '150 B']) {
      expect(svg).toContain(`>${shown}</text>`)
    }
    // Legend and panel.
    expect(svg.match(/<path [^>]*fill="#2f81d6"/g)).toHaveLength(1 + 3)
    expect(svg.match(/<path [^>]*fill="#c95c28"/g)).toHaveLength(1 + 1)
    expect(svg).toContain('<title>300k</title>')
  })

  it('takes names as text', () => {
    const svg = plotSvg(aPlot(aPanel({ title: '<b>"1 & 2"</b>' })))

    expect(svg).toContain('&#60;b&#62;&#34;1 &#38; 2&#34;&#60;/b&#62;')
    expect(svg).not.toContain('<b>')
  })

  it('is the same text each time, and small', () => {
    const panels = [aPanel(), aPanel(), aPanel()]

    expect(plotSvg(aPlot(...panels))).toBe(plotSvg(aPlot(...panels)))
    expect(plotSvg(aPlot(...panels)).length).toBeLessThan(20_000)
    // No coordinate with the digits that arithmetic leaves behind.
    expect(plotSvg(aPlot(...panels))).not.toMatch(/\d\.\d\d/)
  })

  it.each([INK, ...SERIES_COLOURS])('is readable in %s on white and on dark pages', (colour) => {
    expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(4)
    expect(contrast(colour, '#0d1117')).toBeGreaterThanOrEqual(4)
  })
})

describe('what cannot be drawn is refused', () => {
  const point = (at: number, ...values: number[]) => ({ at, values })
  const points = (...all: ReturnType<typeof point>[]) =>
    aPanel({ series: [{ name: 'mapping', points: all }] })
  const logarithmic = { ...points(point(1, 0)), y: { label: 'records/s', scale: 'log' as const } }
  const five = aPanel({ series: [1, 2, 3, 4, 5].map((name) => ({ name: `${name}`, points: [point(1, 1)] })) })

  it.each<[string, PlotPanel[], string]>([
    ['no panels', [], '"How it grows" has no panels'],
    ['no series', [aPanel({ series: [] })], '"by partitions" has no series'],
    ['more series than colours', [five], '"How it grows" has 5 series, there are 4 colours'],
    ['no points', [points()], '"mapping" in "by partitions" has no points'],
    ['no values', [points(point(1))], '"mapping" in "by partitions" has no values at 1'],
    ['no number', [points(point(1, Number.NaN))], 'NaN has no place on the linear axis "records/s"'],
    ['no end', [points(point(1, Number.POSITIVE_INFINITY))], 'Infinity has no place on the linear axis'],
    ['less than nothing', [points(point(1, -1))], '-1 has no place on the linear axis "records/s"'],
    ['0 on a logarithmic axis', [logarithmic], '0 has no place on the log axis "records/s"'],
    [
      'a place of 0 on a logarithmic axis',
      [points(point(0, 1))],
      '0 has no place on the log axis "partitions"',
    ],
    [
      'points out of order',
      [points(point(3, 1), point(1, 1))],
      '"mapping" in "by partitions" goes back to 1',
    ],
    ['a place twice', [points(point(3, 1), point(3, 1))], '"mapping" in "by partitions" goes back to 3'],
  ])('%s', (_case, panels, message) => {
    expect(() => plotSvg(aPlot(...panels))).toThrow(message)
  })

  it('nothing but zeros is drawn', () => {
    expect(plotSvg(aPlot(points(point(1, 0))))).toContain('<title>0</title>')
  })
})

/** As WCAG 2 defines it, 1 to 21. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
