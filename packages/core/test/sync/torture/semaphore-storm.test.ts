import { killStorm } from "./kill-storm.js";

killStorm("semaphore");
