select count(*)
from hits
where workspace = $1 and import = $2
