/** Runs in the browser: sends the forms as JSON, shows the posts, and follows a report from task to task. */
export const SCRIPT = `
const $ = (selector) => document.querySelector(selector);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function call(url, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, body && { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error([answer.message].flat().join('; '));
  return answer;
}

function onSubmit(form, done) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const say = form.querySelector('output');
    say.className = say.textContent = '';
    try {
      await done(await call(form.getAttribute('action'), Object.fromEntries(new FormData(form))));
    } catch (error) {
      say.className = 'bad';
      say.textContent = error.message;
    }
  });
}

function item(text, href) {
  const element = document.createElement(href ? 'a' : 'span');
  if (href) Object.assign(element, { href, target: '_blank' });
  element.textContent = text;
  return element;
}

function line(...parts) {
  const li = document.createElement('li');
  li.append(...parts);
  return li;
}

async function showPosts() {
  const posts = (await call('/posts')).slice(0, 8);
  const views = (count) => count + (count === 1 ? ' view' : ' views');
  $('#posts').replaceChildren(...posts.map((post) => line(item(post.title, '/posts/' + post.id), item(views(post.views)))));
  if (posts.length === 0) $('#posts').append(line(item('Nothing yet: write the first one.')));
}

async function finished(taskId) {
  for (;;) {
    const task = await call('/tasks/' + taskId);
    if (task.state === 'FAILURE') throw new Error(task.error.type + ': ' + task.error.message);
    if (task.state === 'SUCCESS') return task;
    await sleep(300);
  }
}

async function follow({ taskId }) {
  const steps = $('#progress');
  const step = (text, id) => steps.append(line(text + ' ', item('task', '/tasks/' + id)));
  steps.replaceChildren();
  step('Asked for.', taskId);
  const { result } = await finished(taskId);
  step('Built: ' + result.posts + (result.posts === 1 ? ' post.' : ' posts.'), taskId);
  const mail = await finished(result.mailTask);
  step('Mailed to ' + mail.result.to + ': ' + mail.result.mailed, result.mailTask);
}

onSubmit($('#post'), async () => { $('#post').reset(); await showPosts(); });
onSubmit($('#report'), follow);
showPosts();
setInterval(() => document.hidden || showPosts().catch(() => {}), 2000);
`;
