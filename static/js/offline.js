/* The page that the browser shows without a network: the missions that the last visit stored, to be tapped. */

import "./kept-taps.js";
import { phrase } from "./phrases.js";

const { keptTaps } = globalThis;
const missions = document.getElementById("missions");
const template = document.getElementById("mission");
const language = document.documentElement.lang;

const fill = (text, words) => text.replace(/%\((\w+)\)s/g, (_, word) => words[word]);

function dayText(moment, zone) {
  return new Intl.DateTimeFormat(language, { timeZone: zone, weekday: "long", day: "numeric", month: "long" }).format(moment);
}

/* What the mission asks for at this moment, by the server's clock as far as this one tells it. */
function stateOf({ windows, recordedOn, zone }, now) {
  const today = keptTaps.dayOf(now, zone);
  if (recordedOn === today) return { text: missions.dataset.recorded };
  const next = windows.find(({ closes }) => Date.parse(closes) > now);
  if (!next) return { text: missions.dataset.none };
  const opens = Date.parse(next.opens);
  if (opens > now) {
    const words = { day: dayText(opens, zone), time: keptTaps.timeOf(opens, zone) };
    return { text: fill(missions.dataset.before, words) };
  }
  return { text: Date.parse(next.late) <= now ? missions.dataset.late : missions.dataset.open, isOpen: true };
}

function showTap(section, tap) {
  section.querySelector("button").hidden = true;
  const line = section.querySelector("[data-tap-note]");
  line.hidden = false;
  line.textContent = phrase("kept", { time: keptTaps.timeOf(tap.tappedAt, tap.zone) });
}

async function show(mission, { who, drift }) {
  const section = template.content.firstElementChild.cloneNode(true);
  const { text, isOpen = false } = stateOf(mission, Date.now() + drift);
  section.querySelector("[data-title]").textContent = mission.title;
  section.querySelector("[data-text]").textContent = text;
  const button = section.querySelector("button");
  button.hidden = !isOpen;
  button.addEventListener("click", async () => {
    try {
      showTap(section, await keptTaps.keep({ who, mission: mission.id, zone: mission.zone, at: Date.now() }));
    } catch {
      const line = section.querySelector("[data-tap-note]");
      line.hidden = false;
      line.textContent = phrase("keepFailed");
    }
  });
  const kept = await keptTaps.find(who, mission.id, keptTaps.dayOf(Date.now(), mission.zone));
  if (kept) showTap(section, kept);
  missions.append(section);
}

/* Under its own address there is no page behind this one to go back to. */
const leave = () => (location.pathname === "/offline/" ? location.assign("/") : location.reload());

document.getElementById("again").addEventListener("click", leave);
window.addEventListener("online", leave);

const person = await keptTaps.person();
const known = person?.missions.length > 0;
document.getElementById("known").hidden = !known;
document.getElementById("unknown").hidden = known;
if (known) for (const mission of person.missions) await show(mission, person);
else document.getElementById("waiting").hidden = (await keptTaps.all()).length === 0;
