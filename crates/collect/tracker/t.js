// The tracker: page views, engagement, links, forms and custom events, sent to the site's own door.
// The server appends the site's key, the path of the events door and the consent mode.
(function (key, path, mode) {
  const page = document;
  const view = window;
  const agent = navigator;
  const place = location;
  const script = page.currentScript;
  const options = script.dataset;
  const endpoint = new URL(path, script.src).href;
  const files = /\.(pdf|xlsx?|docx?|pptx?|csv|txt|zip|rar|7z|gz|dmg|exe|msi|apk|mp3|mp4|mov)$/i;
  const automated = agent.webdriver || view.Cypress || view.callPhantom || view.__nightmare;
  const local = /^(localhost|127\..*|\[::1\]|)$/.test(place.hostname);
  const waiting = view.throughline && view.throughline.q || [];
  let consent;
  let visit;
  let current;
  let referrer = page.referrer;
  let seen = 0;
  let since = 0;
  let deepest = 0;
  let reported = 0;

  const address = () => options.hash != null ? place.href : place.href.split('#')[0];

  const fillForms = () => {
    page.querySelectorAll('input[name=throughline_visit]').forEach((field) => {
      field.value = visit;
    });
  };

  const remember = (number) => {
    visit = number;
    fillForms();
    // Where visitors are asked, the cookie is only there because this one has agreed before.
    if (consent !== 0 && (mode == 'cookie' || consent || /\btl_visit=/.test(page.cookie))) {
      page.cookie = 'tl_visit=' + visit + ';path=/;max-age=1800;samesite=lax';
    }
  };

  const send = (name, more) => {
    if (local && options.local == null) {
      return;
    }
    const body = Object.assign({
      n: name,
      k: key,
      x: Math.random().toString(36).slice(2) + Date.now().toString(36),
      u: current || address(),
      w: automated ? 1 : 0,
      c: consent,
      h: options.hash != null ? 1 : 0
    }, more);
    fetch(endpoint, {
      method: 'POST',
      keepalive: true,
      credentials: 'include',
      headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify(body)
    }).then((reply) => reply.json()).then((reply) => {
      if (reply.visit) {
        remember(reply.visit);
      }
    }).catch(() => {});
  };

  const scrolled = () => {
    const root = page.documentElement;
    const height = Math.max(root.scrollHeight, 1);
    const bottom = view.scrollY + view.innerHeight;
    deepest = Math.max(deepest, Math.min(100, Math.round(bottom / height * 100)));
  };

  const attend = () => {
    if (since) {
      seen += Date.now() - since;
    }
    since = page.visibilityState == 'visible' && page.hasFocus() ? Date.now() : 0;
  };

  const report = () => {
    attend();
    if (current && (seen > 999 || deepest > reported)) {
      send('engagement', { e: seen, s: deepest });
      seen = 0;
      reported = deepest;
    }
  };

  const pageView = () => {
    if (address() == current) {
      return;
    }
    report();
    if (current) {
      referrer = current;
    }
    current = address();
    seen = deepest = reported = 0;
    scrolled();
    send('pageview', { r: referrer, t: page.title });
  };

  const start = () => {
    if (page.visibilityState == 'hidden' || page.prerendering) {
      page.addEventListener('visibilitychange', start, { once: true });
      return;
    }
    attend();
    pageView();
    waiting.forEach((call) => api.apply(0, call));
  };

  const api = (call, name, more) => {
    if (call == 'consent') {
      consent = name ? 1 : 0;
      if (!consent) {
        page.cookie = 'tl_visit=;path=/;max-age=0';
      } else if (visit) {
        remember(visit);
      }
      send('consent');
    } else if (call == 'event') {
      more = more || {};
      send(name, { p: more.props, $: more.revenue, i: more.interactive });
    }
  };

  const wrap = (name) => {
    const original = history[name];
    history[name] = function () {
      const result = original.apply(this, arguments);
      pageView();
      return result;
    };
  };

  if (agent.globalPrivacyControl) {
    consent = 0;
  }
  view.throughline = api;
  wrap('pushState');
  wrap('replaceState');
  const listen = (target, name, action) => target.addEventListener(name, action, true);
  listen(view, 'popstate', pageView);
  if (options.hash != null) {
    listen(view, 'hashchange', pageView);
  }
  listen(view, 'scroll', scrolled);
  listen(view, 'focus', attend);
  listen(view, 'blur', attend);
  listen(view, 'pagehide', report);
  listen(view, 'pageshow', (event) => {
    if (event.persisted) {
      current = 0;
      pageView();
    }
  });
  listen(page, 'visibilitychange', () => {
    if (page.visibilityState == 'hidden') {
      report();
    } else {
      attend();
    }
  });
  const follow = (event) => {
    const link = event.target.closest && event.target.closest('a[href]');
    if (!link || !/^http/.test(link.protocol)) {
      return;
    }
    if (files.test(link.pathname)) {
      send('download', { l: link.href });
    } else if (link.host != place.host) {
      send('outbound', { l: link.href });
    }
  };
  listen(page, 'click', follow);
  listen(page, 'auxclick', follow);
  listen(page, 'submit', (event) => {
    fillForms();
    send('form', { l: event.target.getAttribute('name') || event.target.id || '' });
  });
  start();
})
