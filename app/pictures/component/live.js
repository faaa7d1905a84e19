/* The picture within a page: clicks and double clicks go back to Python. */
export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector('.picture');
  const told = {
    clicked: (id) => setStateValue('selected', id),
    followed: (edge) => globalThis.iamatlas.go(edge.address),
    more: data.grows ? (note) => setTriggerValue('more', note) : undefined,
    opened: (node) => {
      if (node.address) globalThis.iamatlas.go(node.address);
      else setTriggerValue('opened', node.id);
    },
  };
  const drawing = JSON.stringify(data.drawing);
  const show = () => {
    if (!globalThis.vis || !globalThis.iamatlas) {
      setTimeout(show, 25);
      return;
    }
    if (!root.isConnected) return;
    if (root.drawn !== drawing) {
      root.shown?.close();
      root.shown = drawPicture(root, data.drawing, told);
      root.drawn = drawing;
    }
    root.shown.mark(data.selected);
  };
  show();
  return () => setTimeout(() => {
    if (!root.isConnected) {
      root.shown?.close();
      root.shown = root.drawn = undefined;
    }
  });
}
