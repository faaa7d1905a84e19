/* Stands once on every page: keeps the drawing library and what fields complete from, and walks from page to
   page without loading the explorer anew. One click is one step back. */
export default function (component) {
  const { data } = component;
  const go = (address) => {
    window.history.pushState({}, '', new URL(address, document.location.href));
    window.dispatchEvent(new PopStateEvent('popstate', { state: {} }));
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  globalThis.iamatlas = { go, ...data };
  const clicked = (event) => {
    const link = event.composedPath().find((each) => each.tagName === 'A');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const address = link.getAttribute('href') ?? '';
    if (!/^[a-z-]+(\?[^#]*)?$/.test(address)) return;
    event.preventDefault();
    event.stopPropagation();
    go(address);
  };
  document.addEventListener('click', clicked, true);
  return () => document.removeEventListener('click', clicked, true);
}
