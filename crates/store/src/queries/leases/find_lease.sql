select name, holder, fence, beat, told
from leases
where name = $1
