import { phrase } from "./phrases.js";

const DAY = 24 * 60;
const RELATIVE_DAYS = 14;

function amount(minutes, exact) {
  const hours = Math.floor(minutes / 60);
  const left = minutes % 60;
  if (hours >= 24) return days(Math.floor(minutes / DAY));
  if (!hours) return phrase("minutes", { count: left });
  const hourText = phrase("hours", { count: hours });
  return exact && left && hours < 12 ? `${hourText} ${phrase("minutes", { count: left })}` : hourText;
}

function days(count) {
  return phrase(count === 1 ? "day" : "days", { count });
}

/** Speaks as `relative_time` in sms/core/templatetags/ui.py does; null beyond two weeks, where the date stands. */
export function relativeTime(moment, now) {
  const minutes = Math.floor(Math.abs(moment - now) / 60_000);
  if (minutes >= RELATIVE_DAYS * DAY) return null;
  if (minutes < 1) return phrase("now");
  const ahead = moment > now;
  return phrase(ahead ? "in" : "ago", { amount: amount(minutes, ahead) });
}

/* The server's clock decides, so the drift of this one is taken out. */
let drift = 0;

function refresh() {
  const now = Date.now() + drift;
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const text = relativeTime(Date.parse(time.dateTime), now);
    if (text !== null && time.textContent !== text) time.textContent = text;
  }
}

export function startTimes() {
  const served = Date.parse(document.documentElement.dataset.servedAt);
  if (served) drift = served - (performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0));
  setInterval(() => document.hidden || refresh(), 30_000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
