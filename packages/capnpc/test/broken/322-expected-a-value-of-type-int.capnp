@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Bool = false; const y :Float32 = inf; const z :Float64 = nan; const w :Float64 = -inf; const v :Int8 = inf;

struct After {
  first @0 :Text;
}
