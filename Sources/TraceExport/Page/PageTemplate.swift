// The page's frame and looks. What it draws stands in PageScript.swift.

enum PageTemplate {
  static func head(title: String) -> String {
    var escaped = ""
    for character in title {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.append(character)
      }
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
      <title>\(escaped) - Exuvia timeline</title>
      <style>
      \(style)
      </style>
      </head>
      <body>
      \(content)
      <script type="application/json" id="meta">
      """
  }

  static let betweenDataAndColumns = "</script>\n<script type=\"text/plain\" id=\"columns\">"
  static let tail = "</script>\n<script>\n\(PageScript.text)\n</script>\n</body>\n</html>\n"

  private static let content = """
    <header>
      <h1 id="title"></h1>
      <p id="summary"></p>
      <div class="tools" role="toolbar" aria-label="View">
        <button id="zoomIn" title="Zoom in (+)">+</button>
        <button id="zoomOut" title="Zoom out (-)">&minus;</button>
        <button id="all" title="The whole run (0)">all</button>
        <button id="theme" title="Light or dark (t)">theme</button>
        <button id="keys" title="Keys (?)" aria-expanded="false">keys</button>
        <label>find <input id="search" type="search" placeholder="pass 7, thread, type, lock, marker" autocomplete="off"></label>
        <span id="frames" hidden></span>
      </div>
    </header>
    <div id="help" hidden>
      <b>Move</b> wheel or + - zooms, drag or arrow keys (h l) pan, 0 shows all.
      <b>Look</b> j k or up and down choose a track, [ ] go from slice to slice, Enter zooms to it, Escape lets go.
      <b>Find</b> / then Enter. <b>Other</b> t theme, f frames a second, ? this. The link in the address bar keeps the view.
    </div>
    <ul id="results" hidden></ul>
    <main id="stage">
      <canvas id="overview" height="44" aria-hidden="true"></canvas>
      <canvas id="tracks" tabindex="0" role="application" aria-label="Timeline. Press ? for the keys." aria-describedby="details"></canvas>
    </main>
    <section id="details" aria-live="polite">Click a slice, or choose a track with j and k.</section>
    """

  private static let style = """
    :root { color-scheme: light; --paper: #fbfaf7; --ink: #22262b; --faint: #6b7178; --line: #d9d6cf; --panel: #f1efe9; --choice: #fff3c4;
      --hold: #2c7fb8; --wait: #d7301f; --block: #a6bddb; --g0: #b39ddb; --g1: #7e57c2; --g2: #4527a0; --curve: #41808f; --mark: #b8860b; }
    :root.dark { color-scheme: dark; --paper: #15181c; --ink: #e3e5e8; --faint: #949ba4; --line: #343a41; --panel: #1e2329; --choice: #3a3520;
      --hold: #4fa3d9; --wait: #ff6b57; --block: #51647d; --g0: #7e6bb0; --g1: #9f7fe0; --g2: #c9b2ff; --curve: #6fb3c2; --mark: #e0b040; }
    * { box-sizing: border-box; }
    html, body { margin: 0; height: 100%; }
    body { display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 13px/1.45 system-ui, sans-serif; }
    header { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; padding: 8px 14px 6px; }
    h1 { font-size: 15px; margin: 0; }
    p { margin: 0; color: var(--faint); }
    .tools { margin-left: auto; display: flex; gap: 4px; align-items: center; }
    button, input { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 2px 9px; }
    input { width: 15em; }
    :focus-visible { outline: 2px solid var(--hold); outline-offset: 1px; }
    #help { padding: 4px 14px; background: var(--panel); border-block: 1px solid var(--line); }
    #results { list-style: none; margin: 0; padding: 4px 14px; background: var(--panel); max-height: 9.5em; overflow: auto; }
    #results button { border: 0; text-align: left; width: 100%; }
    #stage { flex: 1; overflow-y: auto; overflow-x: hidden; position: relative; }
    canvas { display: block; width: 100%; }
    #overview { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--line); cursor: crosshair; }
    #tracks { cursor: grab; touch-action: none; outline-offset: -2px; }
    #details { min-height: 5.2em; max-height: 30%; overflow: auto; padding: 6px 14px; background: var(--panel); border-top: 1px solid var(--line); white-space: pre-wrap;
      font-variant-numeric: tabular-nums; }
    """
}
