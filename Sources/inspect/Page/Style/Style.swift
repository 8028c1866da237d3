/// How the page looks: light and dark, wide and narrow, on paper.
enum Style {
  static func write(to markup: inout Markup) {
    markup.own(colors)
    markup.own(frame)
    markup.own(tables)
    markup.own(charts)
    markup.own(surroundings)
  }

  /// Hatchings, so that what is missing or not certain is told by more than its colour. Every chart refers to these.
  static func writePatterns(to markup: inout Markup) {
    markup.element("svg", ["class": "patterns", "width": "0", "height": "0", "aria-hidden": "true"]) { svg in
      svg.element("defs") { svg in
        for (id, distance) in [("hatch", "6"), ("dense", "4")] {
          svg.element(
            "pattern",
            [
              "id": id, "width": distance, "height": distance, "patternUnits": "userSpaceOnUse",
              "patternTransform": "rotate(45)",
            ]
          ) {
            $0.empty("rect", ["class": "\(id)-ground", "width": distance, "height": distance])
            $0.empty("rect", ["class": "\(id)-line", "width": "1.6", "height": distance])
          }
        }
      }
    }
    markup.newline()
  }

  /// Of the four colours of layers no two are alike in lightness, so that they differ also for those who see fewer
  /// colours; text has a contrast of at least 4.5 on every ground.
  private static let colors: StaticString = """

    :root {
      --ground: #f5f6f8; --card: #ffffff; --line: #dfe3e8; --grid: #e8ebef; --lane: #eef1f4;
      --text: #18202b; --soft: #56616f; --link: #1b57a6; --accent: #1d4f91;
      --c1: #1d4f91; --c2: #dd7a16; --c3: #2f9e8f; --c4: #6c99d6;
      --level1: #7aa5dd; --level2: #4f83c9; --level3: #2c62ab; --level4: #153c72;
      --gap: #c22f3d; --gap-ground: #fdeaec; --overlap: #b85c00;
      --damage: #a51d2d; --damage-ground: #fdeeee; --remark: #6a4a00; --remark-ground: #fff7e0;
      --share-fill: #dbe7f6; --edge: rgb(20 30 45 / 13%);
      --shadow: 0 1px 2px rgb(20 30 45 / 6%), 0 4px 16px rgb(20 30 45 / 4%);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0e1319; --card: #161d26; --line: #2a3441; --grid: #232c37; --lane: #1d2631;
        --text: #e7ecf2; --soft: #a2aebc; --link: #8fbcff; --accent: #8fbcff;
        --c1: #6aa5f2; --c2: #f0a04b; --c3: #35b7a4; --c4: #4470ad;
        --level1: #446ca8; --level2: #5a8dd2; --level3: #7fb0f3; --level4: #b3d2ff;
        --gap: #ff7d88; --gap-ground: #3a1d24; --overlap: #f0a04b;
        --damage: #ff9aa3; --damage-ground: #351b20; --remark: #f1d081; --remark-ground: #322a14;
        --share-fill: #223650; --edge: rgb(0 0 0 / 55%); --shadow: none;
      }
    }

    """

  private static let frame: StaticString = """
    * { box-sizing: border-box; }
    html {
      color-scheme: light dark; scroll-behavior: smooth; scroll-padding-top: 60px; -webkit-text-size-adjust: 100%;
    }
    body {
      margin: 0; background: var(--ground); color: var(--text); overflow-wrap: break-word;
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans",
        "Liberation Sans", Arial, sans-serif;
    }
    header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 36px; padding-bottom: 14px; }
    header .kind {
      margin: 0 0 2px; color: var(--accent); font-size: 12px; font-weight: 650; letter-spacing: .09em;
      text-transform: uppercase;
    }
    h1 {
      margin: 0; font-size: 26px; line-height: 1.25; font-weight: 680; letter-spacing: -.01em;
      overflow-wrap: anywhere;
    }
    h2 { margin: 0; font-size: 21px; line-height: 1.3; font-weight: 660; letter-spacing: -.005em; }
    h3 { margin: 0; font-size: 15px; line-height: 1.4; font-weight: 640; }
    .lead { margin: 4px 0 0; color: var(--soft); max-width: 76ch; overflow-wrap: anywhere; }
    .hint, .note { color: var(--soft); font-size: 13px; line-height: 1.45; margin: 2px 0 0; }
    .note { margin-top: 6px; overflow-wrap: anywhere; }
    .none { color: var(--soft); margin: 4px 0 0; }
    nav {
      position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--line);
      display: flex; gap: 4px; overflow-x: auto; padding: 8px max(18px, calc((100vw - 1120px) / 2 + 18px));
    }
    nav a {
      flex: none; padding: 5px 12px; border-radius: 999px; color: var(--link); font-weight: 560;
      text-decoration: none;
    }
    nav a:hover { background: var(--lane); }
    a:focus-visible, summary:focus-visible, .scroll:focus-visible {
      outline: 2px solid var(--link); outline-offset: 2px;
    }
    section { margin: 36px 0 0; }
    footer { padding-top: 28px; padding-bottom: 40px; color: var(--soft); font-size: 13px; }
    .figures {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(164px, 1fr)); gap: 12px; margin: 20px 0 0;
    }
    .figures > div {
      background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px 13px;
      box-shadow: var(--shadow);
    }
    .figures dt { color: var(--soft); font-size: 13px; }
    .figures dd {
      margin: 0; white-space: nowrap; font-size: 23px; line-height: 1.3; font-weight: 660; letter-spacing: -.01em;
      font-variant-numeric: tabular-nums;
    }
    .figures dd.hint { white-space: normal; font-size: 12.5px; font-weight: 400; letter-spacing: 0; margin-top: 2px; }
    .notices { list-style: none; margin: 20px 0 0; padding: 0; display: grid; gap: 8px; }
    .notices li { border-radius: 10px; padding: 10px 14px; overflow-wrap: anywhere; border-left: 4px solid; }
    .notices .damage { background: var(--damage-ground); color: var(--damage); }
    .notices .remark { background: var(--remark-ground); color: var(--remark); }

    """

  private static let tables: StaticString = """
    .tables, figure, details {
      background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; margin: 14px 0 0;
      box-shadow: var(--shadow); min-width: 0;
    }
    figure + .tables {
      border-top-left-radius: 0; border-top-right-radius: 0; margin-top: -1px; border-top-style: dashed;
      box-shadow: none;
    }
    figure:has(+ .tables) { border-bottom: 0; border-bottom-left-radius: 0; border-bottom-right-radius: 0; }
    .scroll {
      overflow: auto; margin: 8px -18px 0; padding: 0 18px; max-height: 720px; background-repeat: no-repeat;
      background-attachment: local, local, scroll, scroll; background-position: left, right, left, right;
      background-size: 48px 100%, 48px 100%, 12px 100%, 12px 100%;
      background-image:
        linear-gradient(to right, var(--card) 40%, transparent), linear-gradient(to left, var(--card) 40%, transparent),
        linear-gradient(to right, var(--edge), transparent), linear-gradient(to left, var(--edge), transparent);
    }
    table {
      border-collapse: separate; border-spacing: 0; font-size: 13px; line-height: 1.4;
      font-variant-numeric: tabular-nums; min-width: 100%;
    }
    th, td {
      padding: 5px 14px 5px 0; text-align: left; white-space: nowrap; vertical-align: top;
      border-bottom: 1px solid var(--grid);
    }
    th:last-child, td:last-child { padding-right: 4px; }
    thead th {
      position: sticky; top: 0; background: var(--card); color: var(--soft); font-size: 11.5px; font-weight: 620;
      letter-spacing: .03em;
      border-bottom: 1px solid var(--line);
    }
    tbody tr:last-child > * { border-bottom: 0; }
    tbody tr:hover > * { background: var(--lane); }
    .n { text-align: right; }
    td.empty { color: var(--soft); }
    td.long { white-space: normal; min-width: 220px; max-width: 460px; overflow-wrap: anywhere; }
    td[style] { background: linear-gradient(to right, var(--share-fill) var(--share), transparent 0); }
    .scroll:has(> .record) { max-height: none; }
    table.record, .record tbody { display: block; }
    .record tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(264px, 1fr)); gap: 0 36px; }
    .record tr { display: flex; justify-content: space-between; gap: 14px; border-bottom: 1px solid var(--grid); }
    .record th, .record td { border: 0; padding: 5px 0; white-space: normal; overflow-wrap: anywhere; }
    .record th { flex: 1 1 auto; min-width: 0; color: var(--soft); font-weight: 450; }
    .record td { flex: none; max-width: 78%; font-weight: 560; text-align: right; }
    .record tbody tr:hover > * { background: none; }
    tr.sum > * { font-weight: 640; }
    .heading { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 16px; }
    .heading code {
      color: var(--soft); font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
      overflow-wrap: anywhere;
    }
    details > summary { cursor: pointer; font-weight: 600; color: var(--link); }
    details .tables { border: 0; box-shadow: none; padding: 10px 0 0; }
    details .scroll { margin-left: 0; margin-right: 0; padding: 0; }

    """

  private static let charts: StaticString = """
    figure { padding-bottom: 14px; }
    figcaption { margin-bottom: 10px; }
    .legend {
      list-style: none; margin: 6px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px;
      color: var(--soft);
    }
    .legend li { display: flex; align-items: center; gap: 6px; min-width: 0; overflow-wrap: anywhere; }
    .swatch { flex: none; }
    svg.chart { display: block; width: 100%; height: auto; overflow: visible; }
    svg.narrow { display: none; }
    svg.patterns { position: absolute; }
    svg text { font-family: inherit; fill: var(--text); }
    .tick { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .strong { fill: var(--text); font-weight: 600; }
    .name { font-size: 12.5px; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .axis { stroke: var(--soft); stroke-width: 1; opacity: .6; }
    .lane { fill: var(--lane); }
    .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); } .c4 { fill: var(--c4); }
    .level1 { fill: var(--level1); } .level2 { fill: var(--level2); } .level3 { fill: var(--level3); }
    .level4 { fill: var(--level4); }
    .gap { fill: url(#dense); stroke: var(--gap); stroke-width: 1; }
    .dense-ground { fill: var(--gap-ground); } .dense-line { fill: var(--gap); }
    .overlap { fill: var(--overlap); stroke: var(--card); stroke-width: 1; }
    .forecast { fill-opacity: .45; }
    .forecast-swatch { fill: var(--c1); fill-opacity: .45; stroke: var(--text); stroke-dasharray: 3 2; }
    .band { fill: url(#hatch); stroke: none; }
    .hatch-ground { fill: var(--soft); opacity: .08; } .hatch-line { fill: var(--soft); opacity: .45; }
    .bound { fill: none; stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; }
    .total { fill: none; stroke: var(--text); stroke-width: 2; stroke-linejoin: round; }
    .dashed { stroke-dasharray: 6 4; }
    .dot { fill: var(--card); stroke: var(--text); stroke-width: 1.6; }
    .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); } .s4 { stroke: var(--text); }
    .trend { fill: none; stroke-width: 2; }
    .point { fill: var(--card); stroke-width: 1.6; }
    .now { stroke: var(--text); stroke-width: 1; }
    .box { fill: var(--level1); stroke: var(--c1); stroke-width: 1; }
    .median { fill: var(--c2); }
    .whisker { fill: var(--c1); }
    .pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 14px; }

    """

  private static let surroundings: StaticString = """
    @media (max-width: 1000px) {
      .pair { grid-template-columns: minmax(0, 1fr); }
      svg.half { max-width: 620px; }
    }
    @media (max-width: 840px) {
      header, main, footer { padding-left: 14px; padding-right: 14px; }
      nav { padding-left: 8px; padding-right: 8px; }
      header { padding-top: 24px; }
      h1 { font-size: 21px; }
      section { margin-top: 28px; }
      .tables, figure, details { padding: 12px 14px; }
      .scroll { margin-left: -14px; margin-right: -14px; padding: 0 14px; }
      .record td { font-size: 12.5px; }
      .figures { grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 8px; }
      .figures dd { font-size: 20px; }
      .figures > div { padding: 10px 12px; }
      svg.wide, svg.half { display: none; }
      svg.narrow { display: block; max-width: 460px; }
    }
    @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
    @media print {
      :root {
        --ground: #fff; --card: #fff; --line: #ccc; --grid: #e4e4e4; --lane: #f3f3f3; --text: #000; --soft: #444;
        --link: #000;
        --accent: #000; --c1: #1d4f91; --c2: #dd7a16; --c3: #2f9e8f; --c4: #6c99d6; --share-fill: #e3ecf7;
        --shadow: none;
        --level1: #7aa5dd; --level2: #4f83c9; --level3: #2c62ab; --level4: #153c72; --gap: #c22f3d;
        --gap-ground: #fdeaec;
        --overlap: #b85c00; --damage: #a51d2d; --damage-ground: #fff; --remark: #6a4a00; --remark-ground: #fff;
      }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav { display: none; }
      figure, .figures > div, tr { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .scroll { max-height: none; overflow: visible; margin: 8px 0 0; padding: 0; }
      svg.wide, svg.half { display: block; max-width: none; }
      svg.narrow { display: none; }
      table { font-size: 8px; }
      thead th { position: static; font-size: 7.5px; }
      th, td { white-space: normal; padding-right: 6px; overflow-wrap: anywhere; }
      td.long { min-width: 0; }
      body { font-size: 12px; }
    }

    """
}
