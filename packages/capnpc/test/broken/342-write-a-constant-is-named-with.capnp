@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Int8 = A.b; struct A { const b :Int8 = 5; const c :Int8 = b; const d :Int8 = A.b; const e :Int8 = .A.b;}

struct After {
  first @0 :Text;
}
