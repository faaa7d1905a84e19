/* What choke points are on the way to: it goes into the address. */
export default function (component) {
  const { data, parentElement } = component;
  const form = parentElement.querySelector('.paths');
  if (!form.ready) {
    form.ready = true;
    form.querySelectorAll('.field').forEach(complete);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const asked = new URLSearchParams();
      const to = form.elements.to.value.trim();
      if (to && to !== 'admin') asked.set('to', to);
      for (const each of form.elements.context.value.split(';')) if (each.trim()) asked.append('context', each.trim());
      const query = asked.toString();
      globalThis.iamatlas.go(query ? `choke-points?${query}` : 'choke-points');
    });
  }
  const shown = JSON.stringify(data);
  if (form.shown === shown) return;
  form.shown = shown;
  form.elements.to.value = data.to;
  form.elements.context.value = data.context;
}
