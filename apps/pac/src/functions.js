// What a proxy auto-configuration script may call besides dnsResolve and myIpAddress.
// Properties, not declarations: a script may declare anything of the same name itself.
(() => {
  "use strict";

  const native = globalThis.dnsResolve;

  function dnsResolve(host) {
    return native(String(host)) ?? null;
  }

  function isPlainHostName(host) {
    return !host.includes(".");
  }

  function dnsDomainIs(host, domain) {
    return host.toLowerCase().endsWith(domain.toLowerCase());
  }

  function localHostOrDomainIs(host, name) {
    const [short, long] = [host.toLowerCase(), name.toLowerCase()];
    return short === long || (!short.includes(".") && long.startsWith(short + "."));
  }

  function isResolvable(host) {
    return dnsResolve(host) != null;
  }

  function dnsDomainLevels(host) {
    return host.split(".").length - 1;
  }

  // An address as a number of 32 bits; NaN for what is none.
  function convert_addr(address) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
    if (!parts || parts.slice(1).some((part) => Number(part) > 255)) return NaN;
    return parts.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
  }

  function isInNet(host, network, mask) {
    let address = convert_addr(host);
    if (Number.isNaN(address)) address = convert_addr(dnsResolve(host));
    const [net, bits] = [convert_addr(network), convert_addr(mask)];
    if ([address, net, bits].some(Number.isNaN)) return false;
    return (address & bits) === (net & bits);
  }

  // Shell patterns: * and ?, the whole text. Without a regular expression, so that no pattern takes long.
  function shExpMatch(text, pattern) {
    let [t, p, star, mark] = [0, 0, -1, 0];
    while (t < text.length) {
      if (p < pattern.length && pattern[p] === "*") {
        [star, mark] = [p++, t];
      } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
        t++;
        p++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] === "*") p++;
    return p === pattern.length;
  }

  const { weekdayRange, dateRange, timeRange } = (() => {
    const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    // The arguments without a final "GMT", and the fields of now in that zone.
    function read(given) {
      const list = Array.from(given);
      const gmt = list[list.length - 1] === "GMT";
      if (gmt) list.pop();
      const now = new Date();
      const field = (name) => now[(gmt ? "getUTC" : "get") + name]();
      return [list, field];
    }

    // Whether a value lies between two, also over the end of the week, year or day.
    const between = (value, from, to) => (from <= to ? from <= value && value <= to : from <= value || value <= to);

    function weekdayRange() {
      const [list, field] = read(arguments);
      const [from, to = from] = list.map((day) => days.indexOf(day));
      return from >= 0 && to >= 0 && between(field("Day"), from, to);
    }

    function dateRange() {
      const [list, field] = read(arguments);
      const kind = (value) => (typeof value === "string" ? "month" : value > 31 ? "year" : "day");
      const half = list.length === 1 ? list.length : Math.floor(list.length / 2);
      const [from, to] = list.length === 1 ? [list, list] : [list.slice(0, half), list.slice(half)];
      const order = ["year", "month", "day"];
      const number = (part) => {
        const find = (wanted) => part.find((value) => kind(value) === wanted);
        return order.reduce((sum, wanted) => {
          if (!from.some((value) => kind(value) === wanted)) return sum;
          const value = find(wanted);
          return sum * 10000 + (wanted === "month" ? months.indexOf(value) : value);
        }, 0);
      };
      const now = [field("FullYear"), months[field("Month")], field("Date")];
      return between(number(now), number(from), number(to));
    }

    function timeRange() {
      const [list, field] = read(arguments);
      const now = field("Hours") * 3600 + field("Minutes") * 60 + field("Seconds");
      const [a, b, c, d, e, f] = list;
      switch (list.length) {
        case 1:
          return field("Hours") === a;
        case 2:
          return between(now, a * 3600, b * 3600);
        case 4:
          return between(now, a * 3600 + b * 60, c * 3600 + d * 60);
        case 6:
          return between(now, a * 3600 + b * 60 + c, d * 3600 + e * 60 + f);
        default:
          return false;
      }
    }

    return { weekdayRange, dateRange, timeRange };
  })();

  function alert() {}

  Object.assign(globalThis, {
    alert,
    convert_addr,
    dateRange,
    dnsDomainIs,
    dnsDomainLevels,
    dnsResolve,
    isInNet,
    isPlainHostName,
    isResolvable,
    localHostOrDomainIs,
    shExpMatch,
    timeRange,
    weekdayRange,
  });
})();
