/* The question: an action, a resource, what is known of the request; each completed from what is known here. */
export default function (component) {
  const { data, parentElement } = component;
  const form = parentElement.querySelector('.question');
  const { action, resource, context, hops } = form.elements;
  prepare(form, () => ask(
    form.page,
    form,
    [['action', action.value], ['resource', resource.value], ['hops', hops.checked ? 'yes' : '']],
  ));
  form.page = data.page;
  if (!isNew(form, data)) return;
  action.value = data.action;
  resource.value = data.resource;
  context.value = data.context;
  hops.checked = data.hops;
}
