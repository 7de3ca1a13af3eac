// The files of this folder, as jsPsych itself writes them, of an experiment that it plays by itself:
//   npm i jspsych@8 @jspsych/plugin-html-button-response@2 @jspsych/plugin-survey-text@2 jsdom
//   node make.mjs
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const dom = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true, url: "https://example.org/" });
for (const name of ["window", "document", "HTMLElement", "KeyboardEvent", "MouseEvent", "Event", "Node"])
  globalThis[name] = name === "window" ? dom.window : dom.window[name];
globalThis.AudioContext = dom.window.AudioContext = class {};
Object.defineProperty(globalThis, "navigator", { value: dom.window.navigator, configurable: true });
let seed = 7; // jsPsych draws with Math.random
Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;

const require = createRequire(import.meta.url);
const { initJsPsych } = require("jspsych");
const button = require("@jspsych/plugin-html-button-response");
const survey = require("@jspsych/plugin-survey-text");

const jsPsych = initJsPsych();
jsPsych.data.addProperties({ subject: "01" });
const shown = (id, phase) => ({
  type: button,
  stimulus: `<img src="images/${id}.png">`,
  choices: ["cat", "dog"],
  data: { image: `images/${id}.png`, phase },
});
await jsPsych.simulate(
  [
    shown("n1", "practice"),
    shown("n1", "main"),
    shown("n2", "main"),
    { type: survey, questions: [{ prompt: "Age?", name: "age" }, { prompt: "Remarks?", name: "remarks" }] },
  ],
  "data-only",
);
writeFileSync("trials.json", jsPsych.data.get().json());
writeFileSync("trials.csv", jsPsych.data.get().csv());
process.exit(0);
