// Placeholder of the first test.

export {};
