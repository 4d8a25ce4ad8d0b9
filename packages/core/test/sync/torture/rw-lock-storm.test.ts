import { killStorm } from "./kill-storm.js";

killStorm("rw-lock");
