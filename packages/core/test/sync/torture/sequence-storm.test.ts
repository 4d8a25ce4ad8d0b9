import { killStorm } from "./kill-storm.js";

killStorm("sequence");
