// A browser as small as it can be: it keeps the cookies of one host, follows redirects one at a time until it reaches
// an address that nobody serves, and fills in the form that it is shown.

export class Browser {
  #cookies = new Map();

  // Opens `url` and follows redirects up to `end`, an address that is not opened itself.
  async open(url, end, options = {}) {
    for (let hops = 0; hops < 15; hops += 1) {
      if (url.startsWith(end)) return { url, text: "" };
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await fetch(url, { redirect: "manual", ...options, headers: { ...options.headers, cookie } });
      for (const line of answer.headers.getSetCookie()) this.#keep(line);
      const text = await answer.text();
      if (answer.status < 300 || answer.status > 399) return { url, text, status: answer.status };
      url = new URL(answer.headers.get("location"), url).href;
      options = {};
    }
    throw new Error(`too many redirects, at ${url}`);
  }

  // Sends the first form of `page`, its hidden fields completed by `fields`.
  async submit(page, fields, end) {
    const form = page.text.match(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/s);
    if (!form) throw new Error(`${page.status} without a form at ${page.url}\n${page.text}`);
    const values = new URLSearchParams();
    for (const [input] of form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      values.set(attribute(input, "name"), attribute(input, "value"));
    }
    for (const [name, value] of Object.entries(fields)) values.set(name, value);
    const url = new URL(unescaped(form[1]), page.url);
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: url.origin };
    return this.open(url.href, end, { method: "POST", headers, body: values.toString() });
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.some((one) => one.toLowerCase() === "max-age=0")) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(name.length + 1));
  }
}

function attribute(tag, name) {
  return unescaped(tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "");
}

function unescaped(text) {
  return text.replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(number)).replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
