@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Bool = .y; const y :Int8 = 1; const z :Text = .d; const d :Data = "abc"; const e :Data = .f; const f :Text = "x";

struct After {
  first @0 :Text;
}
