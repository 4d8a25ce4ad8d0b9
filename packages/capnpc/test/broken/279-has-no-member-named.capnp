@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :S = (x = 1); const b :S = .a; const c :Int8 = .a.x; const d: List(S) = [.a, .b]; struct S { x @0 :Int8; }

struct After {
  first @0 :Text;
}
