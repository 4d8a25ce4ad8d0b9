// Messages in growing files.

export {};
