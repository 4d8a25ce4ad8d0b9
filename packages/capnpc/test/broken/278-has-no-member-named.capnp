@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :E = x; const b :E = .a; const c :E = E.x; const d :E = y; enum E { x @0; }

struct After {
  first @0 :Text;
}
