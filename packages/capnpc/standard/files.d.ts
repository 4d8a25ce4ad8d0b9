/** The texts of the standard schema files, by their path after the slash. */
export declare const standardFiles: Readonly<Record<string, string>>;
