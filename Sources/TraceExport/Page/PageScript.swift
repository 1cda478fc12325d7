// The page's script: reads the data, draws what the view shows and no more, answers mouse, wheel and keys. No library, no network.
//
// 1. Data: sections of integers, decoded once into typed arrays; sums over columns, so that any stretch is read in two steps.
// 2. Tracks: each has a height, a way to draw itself between two times, and a way to say what stands at a time.
// 3. The view: two times; everything else follows from it. One drawing a frame, and only when something changed.

enum PageScript {
  static let text = #"""
    'use strict';
    const $ = id => document.getElementById(id);
    const meta = JSON.parse($('meta').textContent);

    // 1. Data.
    const bytes = (() => {
      const text = atob($('columns').textContent.trim()), out = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
      return out;
    })();
    const sections = new Map(meta.sections.map(s => [s[0], s]));
    const decoded = new Map();
    function section(name) {
      if (decoded.has(name)) return decoded.get(name);
      const entry = sections.get(name);
      if (!entry) return new Float64Array(0);
      let place = entry[1], before = 0;
      const values = new Float64Array(entry[2]);
      for (let i = 0; i < values.length; i++) {
        let value = 0, factor = 1, byte;
        do { byte = bytes[place++]; value += (byte & 127) * factor; factor *= 128; } while (byte & 128);
        if (entry[3]) { before += value % 2 ? -(value + 1) / 2 : value / 2; value = before; }
        values[i] = value;
      }
      decoded.set(name, values);
      return values;
    }
    const columns = meta.columns, width = meta.width, first = meta.begin, last = meta.end;
    const sums = new Map();
    function summed(name) {
      if (sums.has(name)) return sums.get(name);
      const values = section(name), out = new Float64Array(columns + 1);
      for (let i = 0; i < columns; i++) out[i + 1] = out[i] + values[i];
      sums.set(name, out);
      return out;
    }
    const columnOf = time => Math.min(columns, Math.max(0, (time - first) / width));
    // The sum of a section between two times, columns taken in proportion.
    function total(name, from, to) {
      const s = summed(name), at = x => { const i = Math.min(columns - 1, Math.floor(x)); return s[i] + (s[i + 1] - s[i]) * Math.min(1, x - i); };
      return at(columnOf(to)) - at(columnOf(from));
    }
    function highest(values, from, to) {
      const a = Math.min(columns - 1, Math.floor(columnOf(from))), b = Math.min(columns - 1, Math.max(a, Math.ceil(columnOf(to)) - 1));
      let best = 0;
      for (let i = a; i <= b; i++) if (values[i] > best) best = values[i];
      return best;
    }
    // Place of the first element that is not below `value`.
    function search(values, value) {
      let low = 0, high = values.length;
      while (low < high) { const middle = (low + high) >> 1; if (values[middle] < value) low = middle + 1; else high = middle; }
      return low;
    }
    class Slices {
      constructor(name) {
        this.begin = section(name + '.begin'); this.duration = section(name + '.duration'); this.what = section(name + '.what'); this.other = section(name + '.other');
        this.longest = 0;
        for (const d of this.duration) if (d > this.longest) this.longest = d;
      }
      get length() { return this.begin.length; }
      // Places of the slices that touch the stretch; those before may reach into it.
      range(from, to) { return [search(this.begin, from - this.longest), search(this.begin, to)]; }
      at(time, slack) {
        const [a, b] = this.range(time - slack, time + slack);
        let best = -1, distance = Infinity;
        for (let i = a; i < b; i++) {
          const d = Math.max(this.begin[i] - time, time - this.begin[i] - this.duration[i], 0);
          if (d <= slack && (d < distance || d === distance && this.duration[i] < this.duration[best])) { best = i; distance = d; }
        }
        return best;
      }
    }

    // Numbers for people.
    function duration(ns) {
      const a = Math.abs(ns);
      for (const [unit, factor] of [['s', 1e9], ['ms', 1e6], ['us', 1e3]]) if (a >= factor) return trim(ns / factor) + ' ' + unit;
      return Math.round(ns) + ' ns';
    }
    const trim = x => Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(2);
    const grouped = n => Math.round(n).toLocaleString('en-US');
    function size(n) {
      for (const [unit, factor] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]]) if (n >= factor * 10) return trim(n / factor) + ' ' + unit;
      return grouped(n) + ' B';
    }
    const lockNames = new Map(meta.locks.map(l => [l[0], l[1] === 'gil' ? 'the GIL' : `lock ${l[0]} (${l[1]}${l[2] ? ', made in ' + l[2] : ''})`]));
    const lockName = n => lockNames.get(n) || (n ? 'lock ' + n : 'an unknown lock');
    const threadNames = new Map(meta.threads.map(t => [t.id, t.name || 'thread ' + t.id]));
    const threadName = n => n ? `${threadNames.get(n) || 'thread'} (${n})` : 'nobody known';

    // Looks.
    let colours = {};
    const palette = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#76b7b2', '#edc948', '#af7aa1', '#ff9da7', '#9c755f', '#9aa0a6'];
    function readColours() {
      const style = getComputedStyle(document.documentElement);
      for (const name of ['paper', 'ink', 'faint', 'line', 'panel', 'choice', 'hold', 'wait', 'block', 'g0', 'g1', 'g2', 'curve', 'mark'])
        colours[name] = style.getPropertyValue('--' + name).trim();
    }

    // 2. Tracks. `draw(g, y, from, to, x0, w)` draws between two times into w pixels; `say(time, slack)` gives {text, begin, end}.
    const exactMax = 3000;
    const tracks = [];
    function curve(label, name, colour, unit, height) {
      const values = section(name);
      const peak = values.reduce((a, b) => Math.max(a, b), 0);
      tracks.push({
        label, height, note: peak ? 'peak ' + unit(peak) : 'none',
        draw(g, y, from, to, x0, w) {
          const top = highest(values, from, to) || 1, step = (to - from) / w;
          g.fillStyle = colours[colour];
          steps(g, x0, w, y + height - 2, x => highest(values, from + x * step, from + (x + 1) * step) / top * (height - 4));
          scale(g, y, x0, unit(top));
        },
        say(time) {
          const i = Math.min(columns - 1, Math.floor(columnOf(time))), begin = first + i * width;
          return { text: `${label}: ${unit(values[i])} between ${duration(begin)} and ${duration(begin + width)}`, begin, end: begin + width };
        },
      });
    }
    // One filled outline: a thousand rectangles would take longer to draw.
    function steps(g, x0, w, base, heightAt) {
      g.beginPath(); g.moveTo(x0, base);
      let before = 0;
      for (let x = 0; x < w; x++) {
        const h = heightAt(x);
        if (h !== before) { g.lineTo(x0 + x, base - before); g.lineTo(x0 + x, base - h); before = h; }
      }
      g.lineTo(x0 + w, base - before); g.lineTo(x0 + w, base); g.closePath(); g.fill();
    }
    // Text that stands on what is drawn.
    function caption(g, x, y, text) {
      g.globalAlpha = 0.75; g.fillStyle = colours.paper; g.fillRect(x - 2, y, g.measureText(text).width + 4, 14); g.globalAlpha = 1;
      g.fillStyle = colours.ink; g.textAlign = 'left'; g.textBaseline = 'top'; g.fillText(text, x, y + 1);
    }
    const scale = (g, y, x0, text) => caption(g, x0 + 4, y + 1, text);
    function areas() {
      const height = 110, names = meta.types, layers = names.map((_, i) => section('type' + i)), peak = section('peak');
      const order = names.map((_, i) => i);
      tracks.push({
        label: 'live bytes by type', height, note: 'peak ' + size(peak.reduce((a, b) => Math.max(a, b), 0)),
        draw(g, y, from, to, x0, w) {
          const top = highest(peak, from, to) || 1, step = (to - from) / w, room = height - 6;
          const stack = new Float64Array(w), places = Int32Array.from({ length: w }, (_, x) => Math.min(columns - 1, Math.floor(columnOf(from + (x + 0.5) * step))));
          const outlines = order.map(k => { for (let x = 0; x < w; x++) stack[x] += layers[k][places[x]] / top * room; return Float64Array.from(stack); });
          // The highest outline first: the lower ones are painted over it.
          for (const k of order.slice().reverse()) { g.fillStyle = palette[k % palette.length]; steps(g, x0, w, y + height - 3, x => outlines[k][x]); }
          scale(g, y, x0, size(top));
          let x = x0 + 80;
          for (const k of order) {
            const text = names[k], wide = g.measureText(text).width + 22;
            if (x + wide > x0 + w) break;
            g.fillStyle = palette[k % palette.length]; g.fillRect(x, y + 4, 9, 9);
            caption(g, x + 13, y + 1, text);
            x += wide;
          }
        },
        say(time) {
          const i = Math.min(columns - 1, Math.floor(columnOf(time))), begin = first + i * width;
          const rows = names.map((n, k) => [n, layers[k][i]]).filter(r => r[1] > 0).sort((p, q) => q[1] - p[1]);
          return { text: `Live bytes at ${duration(begin + width)}, peak of the column ${size(peak[i])}\n` + rows.map(r => `${r[0]}  ${size(r[1])}`).join('   '), begin, end: begin + width };
        },
      });
    }
    function thread(t) {
      const height = 30, id = t.id;
      const hold = new Slices('hold' + id), wait = new Slices('wait' + id), block = new Slices('block' + id);
      const kinds = [['block' + id, block, 'block', 8, 14], ['hold' + id, hold, 'hold', 8, 14], ['wait' + id, wait, 'wait', 22, 6]];
      const held = summed('hold' + id)[columns], waited = summed('wait' + id)[columns];
      const all = [];
      const tell = (kind, s, i) => {
        const begin = s.begin[i], end = begin + s.duration[i], span = `\nfrom ${duration(begin)} to ${duration(end)}, ${duration(s.duration[i])}`;
        const who = threadName(id);
        if (kind === 'hold') return { text: `${who} has the GIL` + span + (s.what[i] ? `\ngiven up: ${meta.releases[s.what[i] - 1]}` : ''), begin, end };
        if (kind === 'wait') return { text: `${who} waits for ${lockName(s.what[i])}` + span + (s.other[i] ? `\nheld by ${threadName(s.other[i])}` : ''), begin, end };
        return { text: `${who} in a blocking call (${meta.calls[s.what[i]] || 'other'})` + span, begin, end };
      };
      tracks.push({
        label: `${id} ${t.name || 'thread'}`, height, note: `GIL ${(held / (last - first) * 100).toFixed(1)} %` + (waited ? `, waits ${duration(waited)}` : ''),
        draw(g, y, from, to, x0, w) {
          const step = (to - from) / w;
          for (const [name, s, colour, top, h] of kinds) {
            const [a, b] = s.range(from, to);
            g.fillStyle = colours[colour];
            const isExact = b - a <= exactMax;
            if (!isExact || t.left) {
              for (let x = 0; x < w; x++) {
                const share = total(name, from + x * step, from + (x + 1) * step) / step;
                if (share > 0.002) { g.globalAlpha = 0.25 + 0.75 * Math.min(1, share); g.fillRect(x0 + x, y + top, 1, h); }
              }
              g.globalAlpha = 1;
            }
            if (isExact) for (let i = a; i < b; i++) {
              const left = Math.max(0, (s.begin[i] - from) / step), right = Math.min(w, (s.begin[i] + s.duration[i] - from) / step);
              if (right >= left) g.fillRect(x0 + left, y + top, Math.max(0.7, right - left - (right - left > 6 ? 1 : 0)), h);
            }
          }
        },
        say(time, slack, upper) {
          for (const [, s, kind] of upper === false ? [kinds[2], kinds[1], kinds[0]] : [kinds[1], kinds[2], kinds[0]]) {
            const i = s.at(time, 0) >= 0 ? s.at(time, 0) : s.at(time, slack);
            if (i >= 0) return tell(kind, s, i);
          }
          const i = Math.min(columns - 1, Math.floor(columnOf(time))), begin = first + i * width;
          const share = name => (section(name + id)[i] / width * 100).toFixed(1) + ' %';
          return { text: `${threadName(id)} between ${duration(begin)} and ${duration(begin + width)}: GIL ${share('hold')}, waits ${share('wait')}, blocking ${share('block')}`, begin, end: begin + width };
        },
        step(time, forward) {
          let best = null;
          for (const [, s, kind] of [kinds[1], kinds[2], kinds[0]]) {
            const i = forward ? search(s.begin, time + 0.5) : search(s.begin, time) - 1;
            if (i < 0 || i >= s.length) continue;
            if (!best || (forward ? s.begin[i] < best.begin : s.begin[i] > best.begin)) best = tell(kind, s, i);
          }
          return best;
        },
      });
      return all;
    }
    const passNumber = section('pass.number'), passBegin = section('pass.begin'), passDuration = section('pass.duration'), passGeneration = section('pass.generation');
    function tellPass(i) {
      const s = n => section('pass.' + n)[i];
      return {
        text: `Pass ${s('number')} of generation ${s('generation')} (${meta.reasons[s('reason')]}), pause ${duration(s('duration'))}\nfrom ${duration(s('begin'))} to ${duration(s('begin') + s('duration'))}, event #${s('event')}\n`
          + `examined ${grouped(s('examined'))}, collected ${grouped(s('collected'))}, ${grouped(s('live'))} objects lived before`,
        begin: s('begin'), end: s('begin') + s('duration'),
      };
    }
    function passes(generation) {
      const places = [];
      for (let i = 0; i < passNumber.length; i++) if (passGeneration[i] === generation) places.push(i);
      const begins = Float64Array.from(places, i => passBegin[i]), counts = summed('passes' + generation);
      const longest = places.reduce((a, i) => Math.max(a, passDuration[i]), 0), height = 22;
      if (!counts[columns]) return;
      tracks.push({
        label: 'generation ' + generation, height, note: `${grouped(counts[columns])} passes, ${duration(summed('pause' + generation)[columns])}`,
        draw(g, y, from, to, x0, w) {
          const step = (to - from) / w, a = search(begins, from - longest), b = search(begins, to);
          g.fillStyle = colours['g' + generation];
          if (b - a > exactMax || meta.passesLeft) {
            for (let x = 0; x < w; x++) {
              const l = from + x * step, share = total('pause' + generation, l, l + step) / step, n = total('passes' + generation, l, l + step);
              if (n > 0.01 || share > 0.002) { const h = Math.max(2, Math.min(1, share * 2 + n / 20) * (height - 6)); g.fillRect(x0 + x, y + height - 3 - h, 1, h); }
            }
          }
          if (b - a <= exactMax) for (let k = a; k < b; k++) {
            const i = places[k], left = (passBegin[i] - from) / step, right = (passBegin[i] + passDuration[i] - from) / step;
            if (right < 0) continue;
            g.fillRect(x0 + Math.max(0, left), y + 4, Math.max(1, Math.min(w, right) - Math.max(0, left)), height - 7);
          }
        },
        say(time, slack) {
          let best = -1, distance = Infinity;
          for (let k = search(begins, time - slack - longest); k < places.length && begins[k] <= time + slack; k++) {
            const i = places[k], d = Math.max(passBegin[i] - time, time - passBegin[i] - passDuration[i], 0);
            if (d <= slack && d < distance) { best = i; distance = d; }
          }
          return best < 0 ? null : tellPass(best);
        },
        step(time, forward) {
          const k = forward ? search(begins, time + 0.5) : search(begins, time) - 1;
          return k < 0 || k >= places.length ? null : tellPass(places[k]);
        },
      });
    }
    function markers() {
      if (!meta.markers.length) return;
      const height = 20, times = meta.markers.map(m => m[0]);
      const tell = i => ({ text: `Marker ${meta.markers[i][1]} at ${duration(times[i])}`, begin: times[i], end: times[i] });
      tracks.push({
        label: 'markers', height, note: grouped(times.length + meta.markersLeft),
        draw(g, y, from, to, x0, w) {
          g.textAlign = 'left'; g.textBaseline = 'middle';
          let free = -1;
          for (let i = search(times, from); i < times.length && times[i] <= to; i++) {
            const x = (times[i] - from) / (to - from) * w;
            g.fillStyle = colours.mark; g.fillRect(x0 + x, y + 3, 2, height - 6);
            if (x > free) { g.fillStyle = colours.faint; g.fillText(meta.markers[i][1], x0 + x + 4, y + height / 2); free = x + 12 + g.measureText(meta.markers[i][1]).width; }
          }
        },
        say(time, slack) { const i = search(times, time - slack); return i < times.length && times[i] <= time + slack ? tell(i) : null; },
        step(time, forward) { const i = forward ? search(times, time + 0.5) : search(times, time) - 1; return i < 0 || i >= times.length ? null : tell(i); },
      });
    }
    curve('events', 'events', 'curve', n => grouped(n), 34);
    curve('objects', 'live', 'curve', grouped, 34);
    areas();
    markers();
    for (let g = 0; g < 3; g++) passes(g);
    for (const t of meta.threads) thread(t);
    meta.generators.forEach((g, i) => curve(g[0], 'generator' + i, 'hold', n => grouped(n) + (g[3] === 'generator' ? ' generators' : ' ' + g[3] + 's'), 26));

    // 3. The view.
    const gutter = 190, axisHeight = 24, smallest = 200;
    let from = first, to = last, chosen = -1, selected = null, isDirty = true, isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const stage = $('stage'), canvas = $('tracks'), overview = $('overview');
    function fit(canvas, height) {
      const ratio = devicePixelRatio || 1, w = stage.clientWidth;
      if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(w * ratio); canvas.height = Math.round(height * ratio); canvas.style.height = height + 'px';
      }
      const g = canvas.getContext('2d', { alpha: false });
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.font = '11.5px system-ui, sans-serif';
      return [g, w];
    }
    const heights = () => axisHeight + tracks.reduce((a, t) => a + t.height + 4, 0) + 8;
    function draw() {
      isDirty = false;
      const [g, full] = fit(canvas, heights()), w = Math.max(50, full - gutter - 8), h = heights();
      g.fillStyle = colours.paper; g.fillRect(0, 0, full, h);
      axis(g, w);
      let y = axisHeight;
      const seenTop = stage.scrollTop - 60, seenBottom = stage.scrollTop + stage.clientHeight;
      tracks.forEach((track, index) => {
        if (index === chosen) { g.fillStyle = colours.choice; g.fillRect(0, y, full, track.height); }
        g.fillStyle = colours.line; g.fillRect(0, y + track.height + 1, full, 1);
        if (y + track.height > seenTop && y < seenBottom) {
          g.fillStyle = colours.ink; g.textAlign = 'left'; g.textBaseline = 'top';
          g.fillText(clip(g, track.label, gutter - 16), 10, y + 2);
          if (track.height >= 26) { g.fillStyle = colours.faint; g.fillText(clip(g, track.note, gutter - 16), 10, y + 15); }
          g.save(); g.beginPath(); g.rect(gutter, y, w, track.height); g.clip();
          track.draw(g, y, from, to, gutter, w);
          g.restore();
        }
        y += track.height + 4;
      });
      if (selected) {
        const a = gutter + Math.max(0, (selected.begin - from) / (to - from)) * w, b = gutter + Math.min(1, (selected.end - from) / (to - from)) * w;
        if (b >= gutter && a <= gutter + w) { g.strokeStyle = colours.mark; g.lineWidth = 1.5; g.strokeRect(a - 1, axisHeight - 2, Math.max(2, b - a + 2), h - axisHeight - 4); }
      }
      drawOverview();
      remember();
    }
    function clip(g, text, room) {
      if (g.measureText(text).width <= room) return text;
      let n = text.length;
      while (n > 1 && g.measureText(text.slice(0, n) + '…').width > room) n--;
      return text.slice(0, n) + '…';
    }
    function axis(g, w) {
      const raw = (to - from) / Math.max(2, w / 110), power = 10 ** Math.floor(Math.log10(raw));
      const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= raw);
      g.textAlign = 'left'; g.textBaseline = 'middle';
      for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
        const x = gutter + (t - from) / (to - from) * w;
        g.fillStyle = colours.line; g.fillRect(x, 4, 1, heights());
        g.fillStyle = colours.faint; g.fillText(tick(t, step), x + 4, axisHeight / 2);
      }
    }
    function tick(t, step) {
      for (const [unit, factor] of [['s', 1e9], ['ms', 1e6], ['us', 1e3]]) if (step >= factor / 100) return (t / factor).toFixed(Math.max(0, Math.ceil(-Math.log10(step / factor) - 1e-9))) + ' ' + unit;
      return Math.round(t) + ' ns';
    }
    let outline = null;
    function drawOverview() {
      const [g, full] = fit(overview, 44), w = Math.max(50, full - gutter - 8), values = section('peak'), top = highest(values, first, last) || 1;
      g.fillStyle = colours.paper; g.fillRect(0, 0, full, 44);
      g.fillStyle = colours.block;
      if (!outline || outline.length !== w) outline = Float64Array.from({ length: w }, (_, x) => highest(values, first + x / w * (last - first), first + (x + 1) / w * (last - first)) / top * 36);
      steps(g, gutter, w, 40, x => outline[x]);
      const a = gutter + (from - first) / (last - first) * w, b = gutter + (to - first) / (last - first) * w;
      g.fillStyle = colours.hold; g.globalAlpha = 0.2; g.fillRect(a, 2, Math.max(3, b - a), 40); g.globalAlpha = 1;
      g.strokeStyle = colours.hold; g.strokeRect(a, 2, Math.max(3, b - a), 40);
      g.fillStyle = colours.ink; g.textAlign = 'left'; g.textBaseline = 'top';
      g.fillText(`${duration(from)} to ${duration(to)}`, 10, 6);
      g.fillStyle = colours.faint; g.fillText(`${duration(to - from)} shown`, 10, 22);
    }
    function show(a, b) {
      const span = Math.min(last - first, Math.max(smallest, b - a));
      from = Math.min(Math.max(first, a + (b - a - span) / 2), last - span); to = from + span;
      invalidate();
    }
    function invalidate() { if (!isDirty) { isDirty = true; requestAnimationFrame(draw); } }
    function zoom(factor, time = (from + to) / 2) { show(time - (time - from) * factor, time + (to - time) * factor); }
    function pan(share) { const d = (to - from) * share; show(from + d, to + d); }
    function reveal(what) {
      selected = what;
      $('details').textContent = what ? what.text : '';
      if (what && (what.end < from || what.begin > to)) { const half = (to - from) / 2, middle = (what.begin + what.end) / 2; show(middle - half, middle + half); }
      invalidate();
    }
    function zoomTo(what) { const span = Math.max(smallest, (what.end - what.begin) * 3), middle = (what.begin + what.end) / 2; show(middle - span / 2, middle + span / 2); }
    function choose(index) {
      chosen = Math.min(tracks.length - 1, Math.max(0, index));
      let y = 44 + axisHeight;
      for (let i = 0; i < chosen; i++) y += tracks[i].height + 4;
      if (y - 60 < stage.scrollTop) stage.scrollTop = y - 80;
      if (y + tracks[chosen].height > stage.scrollTop + stage.clientHeight) stage.scrollTop = y + tracks[chosen].height - stage.clientHeight + 20;
      $('details').textContent = `${tracks[chosen].label}: ${tracks[chosen].note}`;
      invalidate();
    }
    function step(forward) {
      const track = tracks[chosen];
      if (!track) return choose(0);
      if (track.step) {
        const next = track.step(selected ? selected.begin : forward ? from : to, forward);
        if (next) reveal(next);
      } else reveal(track.say((selected ? (selected.begin + selected.end) / 2 : from) + (forward ? width : -width), 0));
    }

    // The view in the link.
    let remembered = '';
    function remember() {
      const text = `#t=${Math.round(from)},${Math.round(to)}${chosen >= 0 ? '&track=' + chosen : ''}${$('search').value ? '&find=' + encodeURIComponent($('search').value) : ''}`;
      if (text === remembered) return;
      remembered = text;
      clearTimeout(remember.timer);
      remember.timer = setTimeout(() => history.replaceState(null, '', text), 120);
    }
    function recall() {
      const words = new URLSearchParams(location.hash.slice(1)), times = (words.get('t') || '').split(',').map(Number);
      if (location.hash === remembered) return;
      if (times.length === 2 && times.every(Number.isFinite) && times[1] > times[0]) show(times[0], times[1]);
      const track = Number(words.get('track') ?? NaN);
      if (Number.isInteger(track) && track >= 0) choose(track);
      if (words.get('find')) { $('search').value = words.get('find'); find(); }
    }

    // Finding.
    function find() {
      const text = $('search').value.trim().toLowerCase(), list = $('results');
      list.replaceChildren();
      list.hidden = !text;
      if (!text) return [];
      const found = [], add = (label, go) => { if (found.length < 60) found.push([label, go]); };
      tracks.forEach((t, i) => { if (t.label.toLowerCase().includes(text)) add('track ' + t.label, () => choose(i)); });
      const number = /^(?:pass|gc)[ :]?(\d+)$/.exec(text);
      for (let i = 0; i < passNumber.length; i++) if (number && passNumber[i] === Number(number[1]))
        add(`pass ${passNumber[i]}`, () => { choose(tracks.findIndex(t => t.label === 'generation ' + passGeneration[i])); zoomTo(tellPass(i)); reveal(tellPass(i)); });
      if (text === 'longest pass' || text === 'pass') {
        let best = 0;
        for (let i = 1; i < passDuration.length; i++) if (passDuration[i] > passDuration[best]) best = i;
        if (passDuration.length) add(`longest pass (${passNumber[best]}, ${duration(passDuration[best])})`, () => { zoomTo(tellPass(best)); reveal(tellPass(best)); });
      }
      meta.types.forEach((name, i) => { if (name.toLowerCase().includes(text)) add('type ' + name + ' at its peak', () => {
        const values = section('type' + i); let best = 0;
        for (let k = 1; k < columns; k++) if (values[k] > values[best]) best = k;
        choose(tracks.findIndex(t => t.label === 'live bytes by type')); reveal(tracks[chosen].say(first + (best + 0.5) * width));
      }); });
      meta.markers.forEach(m => { if ((m[1] || '').toLowerCase().includes(text)) add('marker ' + m[1], () => reveal({ text: `Marker ${m[1]} at ${duration(m[0])}`, begin: m[0], end: m[0] })); });
      for (const l of meta.locks) if (lockName(l[0]).toLowerCase().includes(text)) for (const t of meta.threads) {
        const what = section(`wait${t.id}.what`), i = what.indexOf(l[0]);
        if (i >= 0) add(`${threadName(t.id)} waits for ${lockName(l[0])}`, () => {
          const index = tracks.findIndex(k => k.label.startsWith(t.id + ' ')), s = section(`wait${t.id}.begin`)[i], d = section(`wait${t.id}.duration`)[i];
          choose(index); const what = { text: `${threadName(t.id)} waits for ${lockName(l[0])}\nfrom ${duration(s)}, ${duration(d)}`, begin: s, end: s + d }; zoomTo(what); reveal(what);
        });
      }
      for (const [label, go] of found) {
        const item = document.createElement('li'), button = document.createElement('button');
        button.textContent = label; button.onclick = () => { go(); canvas.focus(); };
        item.append(button); list.append(item);
      }
      if (!found.length) { const item = document.createElement('li'); item.textContent = 'nothing of that name'; list.append(item); }
      return found;
    }

    // Mouse, wheel, keys.
    const timeAt = x => from + (x - gutter) / Math.max(50, stage.clientWidth - gutter - 8) * (to - from);
    canvas.addEventListener('wheel', e => {
      if (e.ctrlKey || e.metaKey || !e.shiftKey && Math.abs(e.deltaY) >= Math.abs(e.deltaX) && !e.altKey) {
        e.preventDefault(); zoom(Math.exp(Math.max(-200, Math.min(200, e.deltaY)) * 0.0022), timeAt(e.offsetX));
      } else if (!e.altKey) { e.preventDefault(); pan((e.deltaX || e.deltaY) / 1000); }
    }, { passive: false });
    let drag = null;
    canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); drag = { x: e.offsetX, from, to, moved: false }; });
    canvas.addEventListener('pointermove', e => {
      if (!drag) return;
      const d = (drag.x - e.offsetX) / Math.max(50, stage.clientWidth - gutter - 8) * (drag.to - drag.from);
      if (Math.abs(drag.x - e.offsetX) > 3) drag.moved = true;
      if (drag.moved) show(drag.from + d, drag.to + d);
    });
    canvas.addEventListener('pointerup', e => {
      const was = drag;
      drag = null;
      if (!was || was.moved) return;
      let y = axisHeight;
      for (let i = 0; i < tracks.length; i++) {
        if (e.offsetY >= y && e.offsetY < y + tracks[i].height + 4) {
          chosen = i;
          if (e.offsetX < gutter) return choose(i);
          const slack = (to - from) / stage.clientWidth * 4, what = tracks[i].say(timeAt(e.offsetX), slack, e.offsetY - y < 22);
          return what ? reveal(what) : choose(i);
        }
        y += tracks[i].height + 4;
      }
    });
    canvas.addEventListener('dblclick', () => { if (selected) zoomTo(selected); });
    let overviewDown = false;
    const moveTo = e => { const middle = first + (e.offsetX - gutter) / Math.max(50, stage.clientWidth - gutter - 8) * (last - first), half = (to - from) / 2; show(middle - half, middle + half); };
    overview.addEventListener('pointerdown', e => { overviewDown = true; overview.setPointerCapture(e.pointerId); moveTo(e); });
    overview.addEventListener('pointermove', e => { if (overviewDown) moveTo(e); });
    overview.addEventListener('pointerup', () => { overviewDown = false; });
    function toggleHelp() { $('help').hidden = !$('help').hidden; $('keys').setAttribute('aria-expanded', String(!$('help').hidden)); }
    function setTheme(dark) { isDark = dark; document.documentElement.classList.toggle('dark', dark); readColours(); invalidate(); }
    const actions = {
      '+': () => zoom(0.7), '=': () => zoom(0.7), '-': () => zoom(1 / 0.7), ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), h: () => pan(-0.15), l: () => pan(0.15),
      ArrowUp: () => choose(chosen - 1), ArrowDown: () => choose(chosen + 1), k: () => choose(chosen - 1), j: () => choose(chosen + 1), '[': () => step(false), ']': () => step(true),
      Home: () => show(first, first + (to - from)), End: () => show(last - (to - from), last), '0': () => show(first, last), Enter: () => { if (selected) zoomTo(selected); else if (chosen >= 0) step(true); },
      Escape: () => { selected = null; chosen = -1; $('results').hidden = true; $('details').textContent = ''; invalidate(); }, '/': () => $('search').focus(), t: () => setTheme(!isDark),
      f: () => { $('frames').hidden = !$('frames').hidden; if (!$('frames').hidden) measureFrames(); }, '?': toggleHelp,
    };
    document.addEventListener('keydown', e => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.target === $('search')) {
        if (e.key === 'Enter') { const found = find(); if (found.length) { found[0][1](); canvas.focus(); } e.preventDefault(); }
        if (e.key === 'Escape') { $('search').value = ''; find(); canvas.focus(); }
        return;
      }
      if (e.key === 'Enter' && e.target.tagName === 'BUTTON') return;
      const action = actions[e.key];
      if (action) { action(); e.preventDefault(); }
    });
    $('search').addEventListener('input', () => { find(); remember(); });
    $('zoomIn').onclick = () => zoom(0.5); $('zoomOut').onclick = () => zoom(2); $('all').onclick = () => show(first, last);
    $('theme').onclick = () => setTheme(!isDark); $('keys').onclick = toggleHelp;
    addEventListener('resize', invalidate);
    addEventListener('hashchange', recall);
    stage.addEventListener('scroll', invalidate);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', e => setTheme(e.matches));

    // How fast it zooms: in to a five-thousandth and out again, one drawing a frame. Gives frames a second and the longest drawing in milliseconds.
    function measureFrames(frames = 90) {
      return new Promise(resolve => {
        const a = from, b = to, middle = first + (last - first) * 0.6;
        let count = 0, longest = 0, start = performance.now();
        const next = () => {
          if (count === frames) {
            const rate = frames / (performance.now() - start) * 1000;
            show(a, b);
            $('frames').textContent = `${rate.toFixed(0)} frames/s, slowest drawing ${longest.toFixed(1)} ms`;
            return resolve({ framesPerSecond: rate, slowestMilliseconds: longest });
          }
          const depth = 1 - Math.abs(1 - 2 * count / frames), span = (last - first) * Math.exp(-8.5 * depth);
          from = Math.max(first, middle - span * 0.6); to = from + span;
          const before = performance.now();
          draw();
          longest = Math.max(longest, performance.now() - before);
          count++;
          requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      });
    }

    $('title').textContent = meta.title;
    $('summary').textContent = `${meta.program ? meta.program.split('/').pop() + ', ' : ''}${duration(last - first)}, ${grouped(meta.events)} events, ${meta.exact ? 'exact' : 'incomplete: ' + meta.losses.join('; ')}`;
    document.documentElement.classList.toggle('dark', isDark);
    readColours();
    recall();
    draw();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
    """#
}
