import { SCRIPT } from './home.script.js';
import { STYLE } from './home.style.js';

const DAY = 24 * 60 * 60 * 1000;

/** What there is to try, as one page without a framework. Its forms work without the script too; then they answer in JSON. */
export function homePage(now: Date): string {
  const to = now.toISOString().slice(0, 10);
  const from = new Date(now.getTime() - 7 * DAY).toISOString().slice(0, 10);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Reports by mail</title>
<style>${STYLE}</style>
</head>
<body>
<header>
  <h1>Reports by mail</h1>
  <p>Write a post, read it, and ask for a report. This page is served by a web process that answers at once;
     counting, building and mailing are tasks, and a worker runs them.</p>
</header>
<main>
  <section>
    <h2><b>1</b> Write a post</h2>
    <form id="post" action="/posts" method="post">
      <label>Title <input name="title" maxlength="200" required placeholder="Celery for Nest"></label>
      <label>Text <textarea name="body" rows="3" required placeholder="What happened today?"></textarea></label>
      <button>Publish</button> <output></output>
    </form>
  </section>
  <section>
    <h2><b>2</b> Read it</h2>
    <p class="hint">Opening a post sends the task <code>posts.count_view</code>; the number follows a moment later.</p>
    <ul id="posts"><li><a href="/posts">All posts as JSON</a></li></ul>
  </section>
  <section>
    <h2><b>3</b> Ask for a report</h2>
    <form id="report" action="/reports" method="post">
      <div class="row">
        <label>From <input name="from" type="date" value="${from}" required></label>
        <label>To <input name="to" type="date" value="${to}" required></label>
      </div>
      <label>Send it to <input name="email" type="email" value="you@example.org" required></label>
      <button>Send me the report</button> <output></output>
    </form>
    <ol id="progress"></ol>
  </section>
  <section>
    <h2><b>4</b> Look behind it</h2>
    <p class="hint">Every result is a row of <code>django_celery_results_taskresult</code>, which Django reads as it is.
      Every 30 seconds beat sends <code>reports.resend</code> for reports that wait, and <code>reports.nightly</code> at three.</p>
    <pre>GET  /posts       GET  /posts/1
POST /posts       {"title", "body"}
POST /reports     {"from", "to", "email"}
GET  /tasks/:id   what became of a task
GET  /periodic-tasks   the schedules, for who has ADMIN_TOKEN</pre>
  </section>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
