/* The question: an action, a resource, what is known of the request; each completed from what is known here. */
export default function (component) {
  const { data, parentElement } = component;
  const form = parentElement.querySelector('.question');
  if (!form.ready) {
    form.ready = true;
    form.querySelectorAll('.field').forEach(complete);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const asked = new URLSearchParams();
      const value = (name) => form.elements[name].value.trim();
      if (value('action')) asked.set('action', value('action'));
      if (value('resource')) asked.set('resource', value('resource'));
      for (const each of value('context').split(';')) if (each.trim()) asked.append('context', each.trim());
      if (form.elements.hops.checked) asked.set('hops', 'yes');
      globalThis.iamatlas.go(`${form.page}?${asked}`);
    });
  }
  form.page = data.page;
  const shown = JSON.stringify(data);
  if (form.shown !== shown) {
    form.shown = shown;
    form.elements.action.value = data.action;
    form.elements.resource.value = data.resource;
    form.elements.context.value = data.context;
    form.elements.hops.checked = data.hops;
  }
}
