// Plots as SVG text, without a library: what a benchmark measured goes into the documents as a picture that a diff can show.

import { median } from './statistics.ts'

/** Measured at one place of the x axis. Several values are those of several rounds: their median is the point, a bar spans them. */
export interface PlotPoint {
  at: number
  values: readonly number[]
}

export interface PlotSeries {
  name: string
  /** By `at`, rising. */
  points: readonly PlotPoint[]
}

export interface PlotAxis {
  /** With the unit, if there is one: `records (B)`. */
  label: string
  scale: 'linear' | 'log'
}

/** One pair of axes. */
export interface PlotPanel {
  title: string
  /** The ticks are where the points are, and say what `text` makes of them. */
  x: PlotAxis & { text: (at: number) => string }
  /** A linear axis begins at 0, a logarithmic one at a power of ten. */
  y: PlotAxis
  series: readonly PlotSeries[]
}

export interface Plot {
  title: string
  /** Side by side. A series has the same colour and mark in each. */
  panels: readonly PlotPanel[]
}

/**
 * Each has a contrast of 4 or more with white and with the near-black that dark pages have: an image in a Markdown file
 * does not learn which of the two it stands on.
 */
export const INK = '#7d7d7d'
export const SERIES_COLOURS = ['#2f81d6', '#c95c28', '#2e8f57', '#a362c4'] as const

const PANEL_WIDTH = 310
const AREA = { left: 56, right: 12, top: 84, height: 210 }
const AREA_WIDTH = PANEL_WIDTH - AREA.left - AREA.right
const HEIGHT = AREA.top + AREA.height + 50

/**
 * The same plot gives the same text.
 * @throws {RangeError} nothing to draw, or something that has no place in it
 */
export function plotSvg({ title, panels }: Plot): string {
  if (panels.length === 0) throw new RangeError(`"${title}" has no panels`)
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))]
  if (names.length > SERIES_COLOURS.length) {
    throw new RangeError(`"${title}" has ${names.length} series, there are ${SERIES_COLOURS.length} colours`)
  }
  const width = PANEL_WIDTH * panels.length
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="sans-serif" font-size="12" fill="${INK}">`,
    text({ x: width / 2, y: 20, anchor: 'middle', size: 15 }, title),
    ...legend(names, width),
    ...panels.flatMap((panel, index) => [
      `<g transform="translate(${index * PANEL_WIDTH} 0)">`,
      ...drawPanel(panel, names),
      '</g>',
    ]),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

function legend(names: readonly string[], width: number): string[] {
  const entryWidth = 160
  const left = (width - entryWidth * names.length) / 2
  return names.flatMap((name, index) => {
    const x = left + index * entryWidth
    return [
      `<line x1="${x}" y1="40" x2="${x + 28}" y2="40" ${stroke(index)}/>`,
      mark(index, x + 14, 40),
      text({ x: x + 36, y: 44 }, name),
    ]
  })
}

function drawPanel(panel: PlotPanel, names: readonly string[]): string[] {
  check(panel)
  const { title, x, y, series } = panel
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))].sort(
    (a, b) => a - b,
  )
  const values = series.flatMap(({ points }) => points.flatMap((point) => point.values))
  const ticks = y.scale === 'log' ? decades(values) : roundSteps(Math.max(...values))

  // Half a step off the edges, so that no mark lies on an axis.
  const toX = placement(x.scale, places, AREA.left + 20, AREA.left + AREA_WIDTH - 20)
  const toY = placement(y.scale, ticks, AREA.top + AREA.height, AREA.top)

  const right = AREA.left + AREA_WIDTH
  const bottom = AREA.top + AREA.height
  return [
    text({ x: AREA.left + AREA_WIDTH / 2, y: AREA.top - 16, anchor: 'middle', size: 13 }, title),
    ...ticks.flatMap((tick) => [
      `<line x1="${AREA.left}" y1="${toY(tick)}" x2="${right}" y2="${toY(tick)}" stroke="${INK}" stroke-opacity="0.3"/>`,
      text({ x: AREA.left - 6, y: toY(tick) + 4, anchor: 'end' }, shortNumber(tick)),
    ]),
    ...places.flatMap((place) => [
      `<line x1="${toX(place)}" y1="${bottom}" x2="${toX(place)}" y2="${bottom + 5}" stroke="${INK}"/>`,
      text({ x: toX(place), y: bottom + 20, anchor: 'middle' }, x.text(place)),
    ]),
    `<path d="M${AREA.left} ${AREA.top}V${bottom}H${right}" fill="none" stroke="${INK}"/>`,
    text({ x: AREA.left + AREA_WIDTH / 2, y: bottom + 40, anchor: 'middle' }, x.label),
    text(
      { x: 0, y: 0, anchor: 'middle', at: `translate(12 ${AREA.top + AREA.height / 2}) rotate(-90)` },
      y.label,
    ),
    ...series.flatMap((one) => drawSeries(one, names.indexOf(one.name), toX, toY)),
  ]
}

type Place = (value: number) => number

function drawSeries({ points }: PlotSeries, index: number, toX: Place, toY: Place): string[] {
  const corners = points.map(({ at, values }) => `${toX(at)} ${toY(median(values))}`)
  return [
    `<path d="M${corners.join('L')}" fill="none" ${stroke(index)}/>`,
    ...points.map(({ at, values }) => {
      const [low, high] = [toY(Math.min(...values)), toY(Math.max(...values))]
      const spread =
        low === high
          ? ''
          : `<line x1="${toX(at)}" y1="${low}" x2="${toX(at)}" y2="${high}" ${colour(index)}/>`
      return spread + mark(index, toX(at), toY(median(values)), shortNumber(median(values)))
    }),
  ]
}

/** Where a value lies between two ends in pixels, the values given being the outermost. To a tenth of a pixel. */
function placement(scale: PlotAxis['scale'], values: readonly number[], from: number, to: number): Place {
  const measure = scale === 'log' ? Math.log10 : (value: number) => value
  const [first, last] = [measure(Math.min(...values)), measure(Math.max(...values))]
  const span = last - first
  return (value) => {
    const share = span === 0 ? 0.5 : (measure(value) - first) / span
    return Math.round((from + share * (to - from)) * 10) / 10
  }
}

function decades(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.max(Math.ceil(Math.log10(Math.max(...values))), first + 1)
  return Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step))
}

/** From 0 in steps of 1, 2 or 5 times a power of ten, to the largest value or a step past it: three to six steps. */
function roundSteps(largest: number): number[] {
  if (largest === 0) return [0, 1]
  const power = 10 ** Math.floor(Math.log10(largest))
  const step = [0.2, 0.5, 1, 2].map((factor) => factor * power).find((size) => largest / size <= 6) ?? largest
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(12)),
  )
}

function check({ title, x, y, series }: PlotPanel): void {
  if (series.length === 0) throw new RangeError(`"${title}" has no series`)
  for (const { name, points } of series) {
    const where = `"${name}" in "${title}"`
    if (points.length === 0) throw new RangeError(`${where} has no points`)
    points.forEach(({ at, values }, index) => {
      if (values.length === 0) throw new RangeError(`${where} has no values at ${at}`)
      checkNumber(at, x, where)
      for (const value of values) checkNumber(value, y, where)
      if (index > 0 && at <= (points[index - 1]?.at ?? Number.NaN)) {
        throw new RangeError(`${where} goes back to ${at}`)
      }
    })
  }
}

function checkNumber(value: number, { scale, label }: PlotAxis, where: string): void {
  const fits = Number.isFinite(value) && (scale === 'log' ? value > 0 : value >= 0)
  if (!fits) throw new RangeError(`${where}: ${value} has no place on the ${scale} axis "${label}"`)
}

interface TextPlace {
  x: number
  y: number
  anchor?: 'middle' | 'end'
  size?: number
  at?: string
}

function text({ x, y, anchor, size, at }: TextPlace, content: string): string {
  const attributes = [
    `x="${x}" y="${y}"`,
    anchor && `text-anchor="${anchor}"`,
    size && `font-size="${size}"`,
    at && `transform="${at}"`,
  ]
  return `<text ${attributes.filter(Boolean).join(' ')}>${escaped(content)}</text>`
}

/** Of a shape for each series, so that they are told apart without their colours, too. A pointer at it shows the title. */
function mark(index: number, x: number, y: number, title?: string): string {
  const told = title === undefined ? '/>' : `><title>${title}</title></path>`
  return `<path d="M${x} ${y}${SHAPES[index]}" fill="${SERIES_COLOURS[index]}"${told}`
}

/** Square, dot, triangle, diamond, around where they begin. */
const SHAPES = [
  'm-4 -4h8v8h-8z',
  'm-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z',
  'm0 -6l6 10h-12z',
  'm0 -6l6 6l-6 6l-6 -6z',
]
const DASHES = ['6 4', 'none', '2 3', '10 3 2 3']
const colour = (index: number): string => `stroke="${SERIES_COLOURS[index]}" stroke-width="2"`
const stroke = (index: number): string => `${colour(index)} stroke-dasharray="${DASHES[index]}"`

/** 20000 as 20k, 1500000 as 1.5M; three digits. */
function shortNumber(value: number): string {
  const [divisor, unit] = value >= 999_500 ? [1e6, 'M'] : value >= 1_000 ? [1e3, 'k'] : [1, '']
  return `${Number((value / divisor).toPrecision(3))}${unit}`
}

const escaped = (content: string): string =>
  content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
