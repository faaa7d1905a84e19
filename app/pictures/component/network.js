/* Draws what pyvis has built with the vis-network that pyvis brings along; live and in saved pages alike. */
function drawPicture(root, drawing, told) {
  const find = (part) => root.querySelector(part);
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
  if (drawing.denies) item('denies unless', line('denies'));
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
  const fit = () => network.fit({ animation: false, maxZoomLevel: 0.95 });
  /* At first a picture is never so small that it can't be read: what is too high begins at its top. */
  const begin = () => {
    fit();
    const scale = network.getScale();
    if (scale >= 0.45 || !drawing.nodes.length) return;
    const ys = drawing.nodes.map((node) => node.y);
    const { x } = network.getViewPosition();
    const half = find('.canvas').clientHeight / 2 / 0.6;
    network.moveTo({ scale: 0.6, position: { x, y: Math.min(...ys) + half - 90 } });
    find('.below').hidden = false;
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
    if (!fitted && root.clientHeight > 0 && root.clientWidth > 0) {
      fitted = true;
      network.redraw();
      begin();
    }
  });
  watch.observe(root);
  const mark = (id) => {
    if (id !== null && id !== undefined && nodes.get(id)) network.selectNodes([id]);
    else network.unselectAll();
  };
  const canvas = find('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${drawing.title}. ${drawing.nodes.length} nodes, ${edges.length} edges.`);
  find('.canvas').network = network;
  return { network, mark, close: () => { watch.disconnect(); network.destroy(); } };
}
