/**
 * The one style sheet of all pictures, and the rules of tables in HTML cards. The sheet acts on the whole page it lands on,
 * so every selector begins with `.wn1`, and its bytes never change under that name: a changed sheet is called `.wn2`, and
 * old outputs beside new ones keep their look. A test holds the bytes fast.
 */

/** Custom property, the Jupyter variable it follows (or none), value on light pages, value on dark pages. */
const PALETTE: ReadonlyArray<readonly [string, string, string, string]> = [
  ['g', '--jp-layout-color0', '#fff', '#15191e'],
  ['i', '--jp-content-font-color1', '#1c2430', '#e8ecf1'],
  ['j', '--jp-content-font-color2', '#59636f', '#a9b3bf'],
  ['r', '--jp-border-color2', '#d5dae0', '#3d4650'],
  ['data', '', '#0b4a94', '#4a9bff'],
  ['ok', '', '#00876c', '#4fe3be'],
  ['wait', '', '#e07600', '#fbd05c'],
  ['lost', '', '#be1206', '#ff5b57'],
  ['focus', '', '#a3559f', '#fb8ed2'],
  ['dead', '', '#4a2a1b', '#9b7329'],
  ['down', '', '#8d9199', '#6e7a83'],
];

/** Colours as class letters: `fd` fills with data, `kd` strokes with it. */
const LETTERS: ReadonlyArray<readonly [string, string]> = [
  ['d', 'data'],
  ['o', 'ok'],
  ['w', 'wait'],
  ['l', 'lost'],
  ['f', 'focus'],
  ['x', 'dead'],
  ['n', 'down'],
  ['i', 'i'],
  ['j', 'j'],
  ['g', 'g'],
  ['r', 'r'],
];

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,sans-serif';
const MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';

/** One line of the sheet each. The letters: `s` second text, `h` title, `m` monospace, `e` and `c` anchors, `hl` halo. */
const CLASSES: readonly (readonly string[])[] = [
  [`svg.wn1{font:12px ${SANS};display:block;background:var(--wn-g)}`],
  [
    ' text{fill:var(--wn-i)}',
    ' .s{font-size:11px;fill:var(--wn-j)}',
    ' .b{font-weight:600}',
    ' .h{font-size:15px;font-weight:600}',
  ],
  [` .m{font-family:${MONO}}`, ' .e{text-anchor:end}', ' .c{text-anchor:middle}'],
  [' .hl{paint-order:stroke;stroke:var(--wn-g);stroke-width:5px;stroke-linejoin:round}'],
  LETTERS.flatMap(([letter, name]) => [
    ` .f${letter}{fill:var(--wn-${name})}`,
    ` .k${letter}{fill:none;stroke:var(--wn-${name})}`,
  ]),
  [' .t1{fill-opacity:.05}', ' .t2{fill-opacity:.14}', ' .o3{opacity:.38}', ' .q{stroke-opacity:.4}', ' .u{stroke-opacity:.65}'],
  ['1', '1.5', '2', '3', '4.6'].map((width, i) => ` .w${i + 1}{stroke-width:${width}}`),
  ['5 3}', '7 4}', '12 3 2 3}', '.1 4.4;stroke-linecap:round}', '2 2}'].map((dash, i) => ` .y${i + 1}{stroke-dasharray:${dash}`),
];

function palette(dark: boolean): string {
  const value = ([name, follows, light, night]: (typeof PALETTE)[number]): string => {
    const own = dark ? night : light;
    return `--wn-${name}:${follows === '' ? own : `var(${follows},${own})`}`;
  };
  return `{${PALETTE.map(value).join(';')}}`;
}

/** The rules between `<style>` and `</style>`, for cards that add rules of their own. */
export const SHEET_RULES: string = [
  `.wn1${palette(false)}`,
  `[data-jp-theme-light="false"] .wn1${palette(true)}`,
  `@media (prefers-color-scheme:dark){body:not([data-jp-theme-light]) .wn1,.wn1:root${palette(true)}}`,
  ...CLASSES.map((line) => line.map((rule) => (rule.startsWith(' ') ? `.wn1${rule}` : rule)).join('')),
].join('\n');

/** The sheet as it stands in every picture. */
export const SHEET = `<style>\n${SHEET_RULES}\n</style>`;

/**
 * Rules for tables in a card. `section.wn1.wn1c` outranks what Jupyter says about tables (cells right-aligned, rows
 * striped, the table centred).
 */
export const TABLE_RULES: string = [
  '{max-width:900px;background:var(--wn-g);color:var(--wn-i)}',
  ' .sc{overflow-x:auto}',
  ' table{border-collapse:collapse;border:0;margin:0;font-size:12px;line-height:1.4;table-layout:auto}',
  ' table thead tr{background:none;border:0}',
  ' table tbody tr{background:none;border:0}',
  ' table tbody tr:hover{background:none}',
  ' table *{text-align:left;vertical-align:top;color:var(--wn-i);white-space:normal}',
  ' table td{max-width:none;border:0;border-bottom:1px solid var(--wn-r);padding:3px 16px 3px 0}',
  ' table th{max-width:none;border:0;border-bottom:1px solid var(--wn-r);padding:3px 16px 3px 0}',
  ' table th{font-weight:600;color:var(--wn-j)}',
  ' table .n{text-align:right;font-variant-numeric:tabular-nums}',
  ` code{font-family:${MONO};font-size:12px;background:none;padding:0;color:inherit}`,
]
  .map((rule) => `section.wn1.wn1c${rule}`)
  .join('\n');
