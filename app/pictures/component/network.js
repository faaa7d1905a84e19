/* Draws what pyvis has built with the vis-network that pyvis brings along; live and in saved pages alike. */
function drawPicture(root, drawing, told) {
  const find = (part) => root.querySelector(part);
  /* scales at which a picture begins, and the room around it */
  const [SMALLEST, LARGEST] = [0.5, 0.8];
  const [ABOVE, BELOW, BESIDE, LOWEST] = [40, 14, 14, 110];
  const plain = (escaped) => {
    /* hover texts come escaped for HTML: read back as text, and put in as text */
    const read = new DOMParser().parseFromString(escaped, 'text/html').documentElement.textContent;
    const shown = document.createElement('div');
    shown.textContent = read;
    return shown;
  };
  const titled = (each) => (each.title ? { ...each, title: plain(each.title) } : each);
  const edges = drawing.edges.map((each, at) => titled({ id: at, ...each }));
  const nodes = new vis.DataSet(drawing.nodes.map(titled));
  const network = new vis.Network(find('.canvas'), { nodes, edges: new vis.DataSet(edges) }, drawing.options);

  for (const [name, value] of Object.entries(drawing.colours)) root.style.setProperty(`--picture-${name}`, value);
  root.style.setProperty('--picture-line', drawing.colours.edge + '66');

  const legend = find('.legend');
  legend.replaceChildren();
  const item = (text, sign) => {
    const box = document.createElement('span');
    if (sign) box.append(sign);
    box.append(text);
    legend.append(box);
    return box;
  };
  for (const kind of [...drawing.legend, ...drawing.marks]) {
    const icon = document.createElement('img');
    icon.src = kind.icon;
    icon.alt = '';
    item(kind.name, icon);
  }
  const line = (look) => Object.assign(document.createElement('i'), { className: look });
  for (const verdict of drawing.lines) item(verdict, line(verdict));
  if (drawing.denies) item('Deny', line('denies'));
  if (drawing.note) {
    const note = item(drawing.note);
    note.className = 'note';
    if (told.more) {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Show more' });
      button.onclick = () => told.more(drawing.note);
      note.append(button);
    }
  }

  find('.below').hidden = true;
  const frame = find('.canvas');
  /* What the nodes take with their labels. The network itself knows of those alone that it has drawn. */
  const extent = () => {
    const { face, size: letters } = drawing.options.nodes.font;
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = `${letters}px ${face}`;
    const places = network.getPositions();
    const boxes = drawing.nodes.map(({ id, label, size }) => {
      const { x, y } = places[id];
      const half = Math.max(size, pen.measureText(label).width / 2);
      return [x - half, x + half, y - size, y + size + 1.4 * letters];
    });
    const [left, , top] = [0, 1, 2].map((at) => Math.min(...boxes.map((box) => box[at])));
    const [, right, , bottom] = [0, 1, 2, 3].map((at) => Math.max(...boxes.map((box) => box[at])));
    return { left, right, top, bottom };
  };
  /* Show what lies between left and right, from its top on, at a scale. */
  const place = ({ left, right, top }, scale) => network.moveTo({
    scale,
    position: { x: (left + right) / 2, y: top + (frame.clientHeight / 2 - ABOVE) / scale },
  });
  const across = ({ left, right }) => Math.min(LARGEST, (frame.clientWidth - 2 * BESIDE) / (right - left));
  const fit = () => {
    if (!drawing.nodes.length) return;
    const all = extent();
    place(all, Math.min(across(all), (frame.clientHeight - ABOVE - BELOW) / (all.bottom - all.top)));
  };
  /* At first a picture is as large as its frame is wide, and the frame as high as that takes. What is too high even
     so begins at its top. */
  const begin = () => {
    if (!drawing.nodes.length) return;
    const all = extent();
    const scale = Math.max(SMALLEST, across(all));
    const high = Math.ceil((all.bottom - all.top) * scale) + ABOVE + BELOW;
    frame.style.height = `${Math.max(LOWEST, Math.min(high, drawing.most ?? high))}px`;
    network.redraw();
    place(all, scale);
    find('.below').hidden = high <= frame.clientHeight;
  };
  const seen = () => { find('.below').hidden = true; };
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor });
  const png = () => {
    const canvas = find('canvas');
    const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
    const pen = copy.getContext('2d');
    pen.fillStyle = drawing.colours.paper;
    pen.fillRect(0, 0, copy.width, copy.height);
    pen.drawImage(canvas, 0, 0);
    copy.toBlob((blob) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = drawing.file ? `${drawing.file}.png` : 'picture.png';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  };
  const actions = { fit: () => { seen(); fit(); }, in: () => zoom(1.3), out: () => zoom(1 / 1.3), png };
  find('.tools').onclick = (event) => actions[event.target.closest('button')?.dataset.do]?.();

  /* A wheel moves the page that a picture stands on; with Ctrl it zooms. */
  frame.addEventListener('wheel', (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); }, true);
  network.on('dragEnd', seen);
  network.on('zoom', seen);
  network.on('click', (event) => {
    const edge = event.nodes.length ? undefined : edges[event.edges[0]];
    if (edge?.address && told.followed) told.followed(edge);
    else told.clicked?.(event.nodes[0] ?? null);
  });
  network.on('doubleClick', (event) => event.nodes.length && told.opened?.(nodes.get(event.nodes[0])));
  network.on('hoverNode', () => { find('canvas').style.cursor = 'pointer'; });
  network.on('blurNode', () => { find('canvas').style.cursor = 'default'; });
  network.on('hoverEdge', ({ edge }) => {
    if (edges[edge]?.address && told.followed) find('canvas').style.cursor = 'pointer';
  });
  network.on('blurEdge', () => { find('canvas').style.cursor = 'default'; });
  /* The frame may still be without a size: fit as soon as it has one. */
  let fitted = false;
  const watch = new ResizeObserver(() => {
    if (!fitted && frame.clientHeight > 0 && frame.clientWidth > 0) {
      fitted = true;
      network.redraw();
      begin();
    }
  });
  watch.observe(frame);
  const mark = (id) => {
    if (id !== null && id !== undefined && nodes.get(id)) network.selectNodes([id]);
    else network.unselectAll();
  };
  const canvas = find('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${drawing.title}. ${drawing.nodes.length} nodes, ${edges.length} edges.`);
  frame.network = network;
  return { network, mark, close: () => { watch.disconnect(); network.destroy(); } };
}
